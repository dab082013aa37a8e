"""Names that nothing else bears."""

from collections.abc import Container
from itertools import chain, count


def free(wanted: str, taken: Container[str], joint: str = "") -> str:
    """The name that is wanted, or the first that is not taken of those with a number behind it, from 2 on."""
    return next(name for name in chain([wanted], (f"{wanted}{joint}{n}" for n in count(2))) if name not in taken)
