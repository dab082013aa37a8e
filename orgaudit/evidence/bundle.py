"""The bundle: a folder of evidence and reports that is sealed once and never changes afterwards.

Sealing writes ``manifest.json`` (bytes and SHA-256 of every other file, what made them, the previous bundle's manifest)
and ``SHA256SUMS``, which ``sha256sum -c`` reads. A bundle without a manifest is unfinished.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orgaudit.errors import BundleError, OutputError
from orgaudit.model.calls import Json

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
EVIDENCE = "evidence.sqlite"
CONFIG = "config.toml"
SCHEMA = "orgaudit.manifest/1"


def bundle_name(organization_id: str, started_at: datetime, run_id: str) -> str:
    """The folder's name: organization, start in UTC, and the beginning of the run id."""
    return f"{organization_id}_{started_at:%Y%m%dT%H%M%SZ}_{run_id[:8]}"


def create_folder(path: Path) -> Path:
    """Create a new folder with its parents. Raises OutputError where that is refused, or it holds something already."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        occupied = any(path.iterdir())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}. Name another folder with --out") from None
    if occupied:
        raise OutputError(f"{path}: is not empty; a bundle is written once. Name another folder with --out")
    return path


def write_file(path: Path, content: bytes) -> None:
    """Write one file. Raises OutputError, one line, for a full disk or a folder that refuses."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write the manifest with these facts about the run, and the sums; the bundle does not change any more.

    Raises OutputError.
    """
    files = [
        {"name": path.name, "bytes": path.stat().st_size, "sha256": digest(path)}
        for path in sorted(folder.iterdir())
        if path.name not in (MANIFEST, SUMS)
    ]
    manifest = {"schema": SCHEMA, **facts, "files": files}
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_file(folder / MANIFEST, text.encode())
    sums = [(str(file["sha256"]), str(file["name"])) for file in files] + [(digest(folder / MANIFEST), MANIFEST)]
    lines = "".join(f"{sha256}  {name}\n" for sha256, name in sorted(sums, key=lambda pair: pair[1]))
    write_file(folder / SUMS, lines.encode())


def read_manifest(folder: Path) -> Json:
    """The manifest of a sealed bundle. Raises BundleError for a folder without a readable one."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(f"{folder}: has no {MANIFEST}: the bundle is unfinished, or no bundle") from None
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: cannot be read: {error}") from None
    if (
        not isinstance(manifest, dict)
        or manifest.get("schema") != SCHEMA
        or not isinstance(manifest.get("files"), list)
    ):
        raise BundleError(f"{path}: is not a manifest of orgaudit")
    return manifest


def is_sealed(folder: Path) -> bool:
    """Whether the bundle is finished."""
    return (folder / MANIFEST).is_file()


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as the manifest says."""

    name: str
    kind: str
    """changed, missing or extra."""


def differences(folder: Path) -> list[Difference]:
    """Every file that differs from the manifest, by name. Raises BundleError for an unfinished bundle."""
    manifest = read_manifest(folder)
    listed = {str(file["name"]): str(file["sha256"]) for file in manifest["files"]}
    return sorted(_differences(folder, listed), key=lambda found: found.name)


def _differences(folder: Path, listed: Mapping[str, str]) -> Iterator[Difference]:
    present = {path.name for path in folder.iterdir()} - {MANIFEST, SUMS}
    yield from (Difference(name, "missing") for name in listed.keys() - present)
    yield from (Difference(name, "extra") for name in present - listed.keys())
    yield from (
        Difference(name, "changed") for name in listed.keys() & present if digest(folder / name) != listed[name]
    )
    yield from _wrong_sums(folder, {**listed, MANIFEST: digest(folder / MANIFEST)})


def _wrong_sums(folder: Path, expected: Mapping[str, str]) -> Iterator[Difference]:
    """The sums must say of every file what the manifest says, and of the manifest what it is."""
    sums = folder / SUMS
    if not sums.is_file():
        yield Difference(SUMS, "missing")
        return
    lines = [line.split("  ", 1) for line in sums.read_text(encoding="utf-8", errors="replace").splitlines()]
    if {line[-1]: line[0] for line in lines} != dict(expected):
        yield Difference(SUMS, "changed")
