"""``results.json``: the verdicts as programs read them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
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
