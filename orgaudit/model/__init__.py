"""The nouns: what was asked and answered, the frames made of the answers, and the settings of a run.

Imports nothing else of ours and never talks to AWS.
"""
