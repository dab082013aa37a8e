"""What a finished bundle's ``results.json`` says, as far as later runs need it: read line by line, little is kept."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from orgaudit.errors import BundleError
from orgaudit.evidence.bundle import MANIFEST, digest, hashes, part, read_manifest
from orgaudit.model.calls import Json

RESULTS = "results.json"
_SCHEMA = "orgaudit.results/1"
_ROWS = '"results": ['
"""The line after which every line is one row, as ``results.json`` is written."""

Key = tuple[str, str]
"""Account and control: what two runs are matched on."""


class JudgedRow(NamedTuple):
    """One result."""

    result: str
    disposition: str
    reason_code: str
    reason: str

    @property
    def status(self) -> str:
        """The result, with what was decided about a fail: ``FAIL (waived)``."""
        return status(self.result, self.disposition)


def status(result: str, disposition: str) -> str:
    """A result as a comparison writes it: ``PASS``, ``FAIL``, ``FAIL (waived)``."""
    decided = "" if disposition in ("", "OPEN") else f" ({disposition.lower().replace('_', ' ')})"
    return result + decided


@dataclass(frozen=True)
class Judged:
    """The results of one run under one benchmark version."""

    bundle: str
    """The folder's name; empty for a run that is not sealed yet."""
    manifest_sha256: str
    run: Mapping[str, Any]
    tool_version: str
    """Of orgaudit that judged; another one may have collected."""
    population: Mapping[str, Any]
    criteria: Mapping[str, Json]
    """What each control was judged by, as ``results.json`` has it."""
    rows: Mapping[Key, JudgedRow]


def judged(document: Mapping[str, Any], tool_version: str = "") -> Judged:
    """The same of a document at hand: ``results.json`` before it is written.

    tool_version: of orgaudit that judged; empty for the one that collected.
    """
    run = document["run"]
    return Judged(
        bundle="",
        manifest_sha256="",
        run=run,
        tool_version=tool_version or run["tool_version"],
        population=document["population"],
        criteria=document.get("criteria", {}),
        rows=_rows(document["results"]),
    )


def read_judged(folder: Path) -> Judged:
    """The results of a finished bundle, or of what ``report`` made of one.

    Raises BundleError for a folder that is neither, and for results that are not what the manifest says.
    """
    path = checked(folder, RESULTS)
    try:
        with path.open(encoding="utf-8") as file:
            head = []
            for line in file:
                head.append(line)
                if line.startswith(_ROWS):
                    break
            document = json.loads("".join(head) + "]}")
            if document["schema"] != _SCHEMA:
                raise ValueError(f"schema {document['schema']}")
            rows = _rows(json.loads(line.rstrip(",\n")) for line in file if line.startswith("{"))
        found = judged(document, str(part(read_manifest(folder), "tool").get("version", "")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BundleError(f"{path}: cannot be read as results of orgaudit: {error}; take a whole copy") from None
    return replace(found, bundle=folder.resolve().name, manifest_sha256=digest(folder / MANIFEST), rows=rows)


def checked(folder: Path, name: str) -> Path:
    """The path of a file of a finished bundle that is what the manifest says. Raises BundleError otherwise."""
    listed = hashes(read_manifest(folder))
    path = folder / name
    if name not in listed:
        raise BundleError(f"{folder}: the manifest names no {name}; take a whole copy")
    if not path.is_file() or digest(path) != listed[name]:
        raise BundleError(f"{path}: is not what the manifest says; `orgaudit verify {folder}` tells more")
    return path


def _rows(rows: Iterable[Mapping[str, Any]]) -> dict[Key, JudgedRow]:
    """The rows by account and control. Equal texts are kept once: a large organization has few distinct ones."""
    kept = sys.intern
    reasons: dict[str, str] = {}
    return {
        (kept(row["account_id"]), kept(row["control"])): JudgedRow(
            kept(row["result"]),
            kept(row["disposition"]),
            kept(row["reason_code"]),
            reasons.setdefault(row["reason"], row["reason"]),
        )
        for row in rows
    }
