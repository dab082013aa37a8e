"""``results.json``: the verdicts as programs read them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

_FIRST = ("schema", "run", "population", "criteria", "reliability", "results")
"""The order in which a reader of the file wants its parts; whatever else a document holds follows by name."""


def write_results(document: Mapping[str, Any], out: IO[bytes]) -> None:
    """Write the document as JSON in UTF-8, one account and one result a line: equal documents give equal bytes.

    Text is kept exactly as it is in the document; a lone surrogate, which UTF-8 cannot hold, is written as its escape.
    """
    for text in _document(document):
        # Only lone surrogates cannot be encoded, and Python's escape of those is JSON's.
        out.write(text.encode("utf-8", "backslashreplace"))


def read_results(path: Path) -> dict[str, Any]:
    """The document in a file that ``write_results`` wrote. Equal texts and links are one object in memory.

    In a large organization nearly all of the file is repetition: read at once it would take several times its size.
    Raises OSError, and ValueError for what is no such document.
    """
    decode = json.JSONDecoder(object_pairs_hook=_Shared()).decode
    kept: dict[str, Any] = {}
    with path.open(encoding="utf-8", errors="surrogatepass") as file:
        # rows and accounts stand on lines of their own; what is left is small
        rest = "".join(_without_rows(file, decode, kept))
    shaped = json.loads(rest, object_hook=lambda held: {name: _restored(one, kept) for name, one in held.items()})
    document = _restored(shaped, kept)
    if not isinstance(document, dict):
        raise ValueError("is no document of results")
    return document


class _Shared:
    """Makes objects out of JSON; flat ones, and all texts, once for all that are equal."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._flat: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object of these pairs."""
        known = [(name, self._known(value)) for name, value in pairs]
        if all(isinstance(value, str) for _, value in known):
            return self._flat.setdefault(tuple(known), dict(known))
        return dict(known)

    def _known(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._known(one) for one in value]
        return self._texts.setdefault(value, value) if isinstance(value, str) else value


def _without_rows(lines: Iterable[str], decode: Callable[[str], Any], kept: dict[str, Any]) -> Iterator[str]:
    """The lines, each that is a whole object replaced by a mark for it."""
    for line in lines:
        text = line.rstrip("\n")
        row, comma = (text[:-1], ",") if text.endswith(",") else (text, "")
        if row.startswith('{"') and row.endswith("}"):
            mark = f"\0{len(kept)}"
            kept[mark] = decode(row)
            yield json.dumps(mark) + comma + "\n"
        else:
            yield line


def _restored(value: Any, kept: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_restored(one, kept) for one in value]
    return kept[value] if isinstance(value, str) and value in kept else value


def _document(document: Mapping[str, Any]) -> Iterator[str]:
    keys = [*(key for key in _FIRST if key in document), *sorted(document.keys() - set(_FIRST))]
    for number, key in enumerate(keys):
        yield ",\n" if number else "{\n"
        yield f"{_compact(key)}: "
        yield from _part(key, document[key])
    yield "\n}\n"


def _part(key: str, value: Any) -> Iterator[str]:
    if key == "results":
        yield from _lines(value)
    elif key == "population" and isinstance(value.get("accounts"), list):
        yield _compact({name: held for name, held in value.items() if name != "accounts"})[:-1]
        yield ',"accounts":'
        yield from _lines(value["accounts"])
        yield "}"
    else:
        yield _compact(value)


def _lines(rows: Sequence[Any]) -> Iterator[str]:
    yield "[\n"
    for number, row in enumerate(rows):
        yield (",\n" if number else "") + _compact(row)
    yield "\n]"


_compact = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


@cache
def _schema_text() -> str:
    return files("orgaudit.report").joinpath("results.schema.json").read_text("utf-8")


def results_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of ``results.json``, as it ships with the package."""
    return dict(json.loads(_schema_text()))
