"""Patterns as one Boolean formula over numbered atoms, ready to be searched."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from typing import Literal

from orgaudit.patterns.tree import And, Atom, Field, Node, Not, Or, RawRegex, Selector, Term, Wild, atoms

Formula = bool | int | tuple[Literal["&", "|"], tuple["Formula", ...]]
"""A truth value, an atom's number (negative: its negation), or a combination of formulas."""

_MAX_EXPANSIONS = 400
_MAX_INDEX = 12
_MAX_LIST = 1_000


class Problem:
    """The atoms of some patterns, and the formula that all `positive` hold and none of `negative` does.

    fields: path and test by atom number. raw: text atoms by number. opaque: numbers of atoms whose meaning AWS does
    not document, or whose lists are too long to write out; nothing is known of their truth.
    """

    def __init__(self, positive: Sequence[Node], negative: Sequence[Node]) -> None:
        self._numbers: dict[Atom, int] = {}
        self.fields: dict[int, Field] = {}
        self.raw: dict[int, Term | RawRegex] = {}
        self.opaque: set[int] = set()
        everything = list(dict.fromkeys(atom for node in (*positive, *negative) for atom in atoms(node)))
        self._expanded = expand([atom for atom in everything if isinstance(atom, Field)])
        self.formula = join("&", [self._build(n, True) for n in positive] + [self._build(n, False) for n in negative])
        self.on_path = _on_path(self.fields)

    @property
    def mentioned(self) -> frozenset[str]:
        """The top-level fields that an atom looks at."""
        return frozenset(str(field.selector[0]) for field in self.fields.values())

    def _build(self, node: Node, sign: bool) -> Formula:
        if isinstance(node, And | Or):
            return join("&" if isinstance(node, And) == sign else "|", [self._build(part, sign) for part in node.parts])
        if isinstance(node, Not):
            return self._build(node.part, not sign)
        concrete = self._expanded.get(node) if isinstance(node, Field) and node.wild else None
        if concrete is not None:
            return join("|" if sign else "&", [self._literal(field, sign) for field in concrete])
        return self._literal(node, sign)

    def _literal(self, atom: Atom, sign: bool) -> int:
        number = self._numbers.get(atom)
        if number is None:
            number = self._numbers[atom] = len(self._numbers) + 1
            if isinstance(atom, Field) and not atom.wild and not _too_long([atom], _MAX_LIST):
                self.fields[number] = atom
            elif isinstance(atom, Term | RawRegex):
                self.raw[number] = atom
            else:
                self.opaque.add(number)
        return number if sign else -number

    def knowing(self, known: Callable[[Atom], bool]) -> "Problem":
        """The same formula, with nothing known of the truth of the other atoms."""
        problem = copy(self)
        problem.fields = {number: field for number, field in self.fields.items() if known(field)}
        problem.raw = {number: atom for number, atom in self.raw.items() if known(atom)}
        problem.on_path = _on_path(problem.fields)
        return problem

    def without_opaque(self) -> Formula:
        """The formula where what is not documented never helps."""
        return _rebuild(self.formula, self.opaque)


def _on_path(fields: Mapping[int, Field]) -> dict[Selector, list[int]]:
    found: dict[Selector, list[int]] = {}
    for number, field in fields.items():
        found.setdefault(field.selector, []).append(number)
    return found


def join(op: Literal["&", "|"], parts: Iterable[Formula]) -> Formula:
    """The parts under one operator, truth values folded, nested uses of the operator flattened."""
    absorbing = op == "|"
    flat: list[Formula] = []
    for part in parts:
        if part is absorbing:
            return absorbing
        if part is not (not absorbing):
            if isinstance(part, tuple) and part[0] == op:
                flat.extend(part[1])
            else:
                flat.append(part)
    if not flat:
        return not absorbing
    return flat[0] if len(flat) == 1 else (op, tuple(flat))


def _rebuild(formula: Formula, opaque: set[int]) -> Formula:
    if isinstance(formula, tuple):
        return join(formula[0], [_rebuild(part, opaque) for part in formula[1]])
    return False if not isinstance(formula, bool) and abs(formula) in opaque else formula


def simplify(formula: Formula, truth: dict[int, bool]) -> Formula:
    """The formula with the known atoms put in; itself where nothing in it is known."""
    if isinstance(formula, bool):
        return formula
    if isinstance(formula, int):
        known = truth.get(abs(formula))
        return formula if known is None else known == (formula > 0)
    op, parts = formula
    absorbing = op == "|"
    kept: list[Formula] = []
    changed = False
    for part in parts:
        if type(part) is int:  # nearly all are, and this runs in every step of a search
            known = truth.get(part if part > 0 else -part)
            if known is None:
                kept.append(part)
                continue
            simple: Formula = known == (part > 0)
        else:
            simple = simplify(part, truth)
        if simple is part:
            kept.append(part)
            continue
        changed = True
        if simple is absorbing:
            return absorbing
        if simple is not (not absorbing):
            if isinstance(simple, tuple) and simple[0] == op:
                kept.extend(simple[1])
            else:
                kept.append(simple)
    if not changed:
        return formula
    if not kept:
        return not absorbing
    return kept[0] if len(kept) == 1 else (op, tuple(kept))


def expand(fields: Sequence[Field]) -> dict[Field, list[Field]]:
    """Each wildcard test as the alternatives of plain ones that it can be reduced to.

    A wildcard holds if it holds for some child. Of all children only those matter that another selector names, and
    one further child for each wildcard test. Left out are tests whose meaning on several values is not documented
    (anything but `=`), and lists too long to spell out.
    """
    wild = [field for field in fields if field.wild and getattr(field.test, "op", "") == "="]
    sources: dict[Selector, set[Selector | None]] = {field.selector: {None} for field in fields if not field.wild}
    found: dict[Field, list[Field]] = {}
    for _ in range(len(wild) + 1):
        known = len(sources)
        found = {field: list(_concrete(field, len(wild), sources)) for field in wild}
        for field, group in found.items():
            for concrete in group:
                sources.setdefault(concrete.selector, set()).add(_before(field))
        if len(sources) == known or len(sources) > _MAX_EXPANSIONS:
            break
    if len(sources) > _MAX_EXPANSIONS:
        return {}
    return {field: group for field, group in found.items() if not _too_long(group)}


def _too_long(group: Iterable[Field], most: int = _MAX_INDEX) -> bool:
    """Whether a record would need a list of more elements than can reasonably be written out."""
    return any(isinstance(step, int) and step > most for field in group for step in field.selector)


def _before(field: Field) -> Selector:
    return field.selector[: next(at for at, step in enumerate(field.selector) if isinstance(step, Wild))]


def _concrete(field: Field, count: int, sources: dict[Selector, set[Selector | None]]) -> Iterable[Field]:
    """The plain tests for the children that others name, and for `count` further ones."""
    before = _before(field)
    at = len(before)
    named = {
        path[at] for path, origins in sources.items() if len(path) > at and path[:at] == before and origins != {before}
    }
    steps: list[str | int]
    if field.selector[at] is Wild.FIELD:
        fresh = [f"field{other + 1}" for other in range(count)]
        steps = [*sorted(step for step in named if isinstance(step, str) and step not in fresh), *fresh]
    else:
        top = max((step for step in named if isinstance(step, int)), default=-1)
        steps = list(range(min(top, _MAX_INDEX) + 1 + count))
    return [Field((*before, step, *field.selector[at + 1 :]), field.test) for step in steps]
