"""The only reader of AWS: which calls are made, as whom, how often, and what became of each."""
