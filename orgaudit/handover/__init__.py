"""A sealed bundle on its way out: what goes to whom, rendered for each scope, delivered once, written down.

The transports and the ledger are in ``deliver``; what the readers see is made in ``report``. Here both meet.
"""
