"""The chain of a result row: what each link stands on, and what is the matter with one that does not hold.

``{link: thing}`` where a link holds, ``{link: {"state", "what", "note"}}`` where it is broken or unknown. Links that
the chain did not reach are not there: most rows of an organization have a chain, and in most all nine links hold.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from orgaudit.model.values import Row

LINKS = ("trail", "selectors", "delivery", "filter", "metric", "alarm", "action", "topic", "subscription")
"""The links of a chain, in order."""


def plain_chain(links: Iterable[tuple[str, str, str, str]]) -> Row:
    """The chain as a row has it. links: name, state, what it stands on, and a sentence where it does not hold."""
    return {
        name: what if state == "held" else {"state": state, "what": what, "note": note}
        for name, state, what, note in links
    }


def things(row: Mapping[str, Any]) -> dict[str, str]:
    """What each link that was reached stands on: an ARN or a name."""
    chain = row.get("chain") or {}
    return {name: held if isinstance(held, str) else held["what"] for name, held in chain.items()}


def links_of(row: Mapping[str, Any]) -> tuple[Row, ...]:
    """Every link in order, with ``link``, ``state``, ``what`` and ``note``; none where no chain applies."""
    chain = row.get("chain") or {}
    return tuple({"link": name} | _told(chain.get(name)) for name in LINKS) if chain else ()


def _told(held: Any) -> Row:
    if held is None:
        return {"state": "not_reached", "what": "", "note": ""}
    return {"state": "held", "what": held, "note": ""} if isinstance(held, str) else dict(held)
