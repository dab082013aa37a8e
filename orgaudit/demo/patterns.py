"""Filter patterns of the simulated accounts: the ways people reword, widen, narrow and break what is prescribed."""

from collections.abc import Iterable

from orgaudit.demo.chain import prescribed

NETWORK_WILDCARDS = {
    "security_group_changes": ("*SecurityGroup*",),
    "nacl_changes": ("*NetworkAcl*",),
    "network_gateway_changes": ("*CustomerGateway", "*InternetGateway"),
    "route_table_changes": ("*Route*",),
    "vpc_changes": ("*Vpc*",),
}
"""Wildcards that cover each control's event names, and a few events more."""


def any_of(names: Iterable[str], quoted: bool = False) -> str:
    """One of these event names, in brackets."""
    quote = '"' if quoted else ""
    return "(" + " || ".join(f"($.eventName = {quote}{name}{quote})" for name in names) + ")"


def event_names(control: str) -> list[str]:
    """The event names in the prescribed pattern of a network control, in order."""
    return [clause.split(" = ")[1].strip(") }") for clause in prescribed(control).split("||")]


def inner(pattern: str) -> str:
    """The pattern without its braces, in brackets, so that it can be combined."""
    return "(" + pattern.strip().removeprefix("{").removesuffix("}").strip() + ")"


def narrowed(control: str, condition: str) -> str:
    """The prescribed pattern, with a condition that some of its events do not meet."""
    return f"{{ {inner(prescribed(control))} && {condition} }}"


def scoped(control: str) -> str:
    """The prescribed pattern with the event source that its events have anyway."""
    return narrowed(control, '($.eventSource = "ec2.amazonaws.com")')


def reworded(control: str) -> str:
    """The same events in reverse order, quoted, without blanks and in brackets of their own."""
    return "{" + any_of(reversed(event_names(control)), quoted=True).replace(" ", "") + "}"


def widened(control: str) -> str:
    """Wildcards in place of the list of events."""
    return "{ " + any_of(NETWORK_WILDCARDS[control], quoted=True) + " }"


def every_network_event() -> str:
    """All five network controls in one pattern, scoped to EC2."""
    wildcards = [wildcard for group in NETWORK_WILDCARDS.values() for wildcard in group]
    return f"{{ ($.eventSource = ec2.amazonaws.com) && {any_of(wildcards, quoted=True)} }}"


def without(control: str, *names: str) -> str:
    """The prescribed pattern without these events."""
    return "{ " + any_of(name for name in event_names(control) if name not in names) + " }"


def only(*names: str) -> str:
    """A pattern for these events, wildcards among them."""
    return "{ " + any_of(names, quoted=True) + " }"


def joined_by_and(control: str) -> str:
    """`&&` where `||` belongs: no event has two names, so the pattern matches nothing."""
    return prescribed(control).replace("||", "&&")


def in_lower_case(control: str) -> str:
    """Event names in lower case: patterns are case sensitive."""
    return "{ " + any_of(name.lower() for name in event_names(control)) + " }"


def of_accounts(control: str, accounts: Iterable[str]) -> str:
    """The prescribed pattern for events of these accounts only."""
    recipients = " || ".join(f'($.recipientAccountId = "{account}")' for account in accounts)
    return narrowed(control, f"({recipients})")


def event_without_word(name: str, word: str) -> str:
    """Raw text in place of JSON: records that hold the event's name, but not this word anywhere.

    A condition `!=` on a field could not be proved harmless: it fails on records without the field, and says nothing
    of fields that hold no text.
    """
    return f'"{name}" -"{word}"'
