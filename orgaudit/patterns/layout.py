"""Fits the fields of one record together: a field exists only inside an object, an element only inside a list."""

from collections.abc import Iterable, Mapping
from typing import Any

from orgaudit.patterns.record import usually_absent
from orgaudit.patterns.semantics import ABSENT
from orgaudit.patterns.tree import Selector
from orgaudit.patterns.values import FREE, Options

Found = dict[Selector, Any]


class Layout:
    """The mentioned fields as a tree, each with what it may be.

    unknown: a way was given up because a field's options are not completely known, so failure proves nothing.
    """

    def __init__(self, options: Mapping[Selector, Options]) -> None:
        self._options = options
        self._children: dict[Selector, list[Selector]] = {}
        self._sparse = False
        self.unknown = False
        for path in options:
            self._link(path)

    def _link(self, path: Selector) -> None:
        while path:
            parent = path[:-1]
            siblings = self._children.setdefault(parent, [])
            if path in siblings:
                return
            siblings.append(path)
            path = parent

    def fit(self, *, sparse: bool = False) -> Found | None:
        """A value, or ABSENT, for every field that matters; parents first. None if nothing fits.

        sparse: leave out what may be left out, instead of what usually is.
        """
        self._sparse = sparse
        return self._as_object((), self._children.get((), []))

    def _choose(self, path: Selector, *, present: bool = False) -> Found | None:
        """One way to fill this field and what is below it; its parent holds it."""
        options = self._options.get(path, FREE)
        children = self._children.get(path, [])
        empty = options.absent and not present and self._nothing_below(children)
        if empty and (self._sparse or (not children and usually_absent(path))):
            return {path: ABSENT}
        if children and (found := self._container(path, options, children)) is not None:
            return found
        if options.values and self._nothing_below(children):
            return {path: options.values[0]}
        if empty:
            return {path: ABSENT}
        if not children and (options.is_object or options.is_list):
            return {path: {} if options.is_object else []}
        if options.unknown and self._nothing_below(children):
            self.unknown = True
        return None

    def _container(self, path: Selector, options: Options, children: list[Selector]) -> Found | None:
        if options.is_object and (found := self._as_object(path, children)) is not None:
            return {path: {}} | found if path else found
        if options.is_list and (found := self._as_list(children)) is not None:
            return {path: []} | found
        return None

    def _as_object(self, path: Selector, children: list[Selector]) -> Found | None:
        found: Found = {}
        for child in children:
            if isinstance(child[-1], int):
                if not self._nothing_at(child):
                    return None
            elif (chosen := self._choose(child)) is None:
                return None
            else:
                found |= chosen
        return found

    def _as_list(self, children: list[Selector]) -> Found | None:
        keys = [child for child in children if isinstance(child[-1], str)]
        if not self._nothing_below(keys):
            return None
        elements = {index: child for child in children if isinstance(index := child[-1], int)}
        for length in (0, *(index + 1 for index in sorted(elements))):
            found = self._of_length(length, elements)
            if found is not None:
                return found
        return None

    def _of_length(self, length: int, elements: Mapping[int, Selector]) -> Found | None:
        found: Found = {}
        for index in sorted(elements):
            child = elements[index]
            if index >= length:
                options = self._options.get(child, FREE)
                if not (options.absent and self._nothing_below(self._children.get(child, []))):
                    return None
                found[child] = ABSENT
            elif (chosen := self._choose(child, present=True)) is None:
                return None
            else:
                found |= chosen
        return found

    def _nothing_below(self, children: Iterable[Selector]) -> bool:
        return all(self._nothing_at(child) for child in children)

    def _nothing_at(self, path: Selector) -> bool:
        """Whether this field may be absent together with its parent."""
        return self._options.get(path, FREE).orphan and self._nothing_below(self._children.get(path, []))
