"""The bundle: a folder of evidence and reports that is sealed once and never changes afterwards.

Sealing writes ``SHA256SUMS``, which ``sha256sum -c`` reads, and last of all ``manifest.json`` (bytes and SHA-256 of
every other file, what made them, the previous bundle's manifest). A bundle without a manifest is unfinished. Every file
gets its name only once it is whole, so that a run killed at any moment leaves a bundle that can be finished.
"""

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from orgaudit.errors import BundleError, OutputError, cannot_write
from orgaudit.model.calls import Json

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"
SIGNATURE = "manifest.json.sig"
EVIDENCE = "evidence.sqlite"
CONFIG = "config.toml"
PREVIOUS = "previous.json"
RESULTS = ("results.json", "results.csv", "results.ocsf.jsonl", "workbook.xlsx", "report.pdf")
FILES = (EVIDENCE, CONFIG, PREVIOUS, *RESULTS)
"""What a manifest covers, as far as it is there."""
SCHEMA = "orgaudit.manifest/1"
_RENDERING = ".rendering"


def bundle_name(organization_id: str, started_at: datetime, run_id: str) -> str:
    """The folder's name: organization, start in UTC, and the beginning of the run id."""
    return f"{organization_id}_{started_at:%Y%m%dT%H%M%SZ}_{run_id[:8]}"


def by_name(folder: Path) -> Path:
    """The same folder by its own name, where it was given as ``.`` or ends with ``..``: what lies beside it counts."""
    return folder.resolve() if folder.name in {"", ".."} else folder


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What the system says against writing, as one line that says where: OutputError."""
    try:
        yield
    except BrokenPipeError:  # whoever read it has read enough
        raise
    except OSError as error:
        raise cannot_write(path, error) from None


def check_free(path: Path) -> None:
    """Raises OutputError for a folder that holds something already, or cannot be looked at."""
    with writing(path):
        occupied = (path.exists() or path.is_symlink()) and (not path.is_dir() or any(path.iterdir()))
    if occupied:
        raise OutputError(f"{path}: is not empty, and nothing is written over. Name another folder with --out")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to be filled, under a name of its own; it gets ``path`` for a name once the context ends without error.

    Raises OutputError where that is refused, or the path holds something already.
    """
    check_free(path)
    target = path.resolve()
    making = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    with writing(path):
        making.mkdir(parents=True)
    try:
        yield making
        with writing(path):
            making.rename(target)
    finally:
        shutil.rmtree(making, ignore_errors=True)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """As long as the context lasts no other run writes into the folder. Raises OutputError where one does already."""
    with writing(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(folder, handle)
        yield
    finally:
        os.close(handle)


def _lock(folder: Path, handle: int) -> None:
    with suppress(OSError):  # a file system without such locks: SQLite's own is left
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(f"{folder}: another run is writing into it; wait until that one has ended") from None


def write_file(path: Path, content: bytes) -> None:
    """Write one file, all of it or nothing. Raises OutputError, one line, for a full disk or a folder that refuses."""
    part = path.with_name(f".{path.name}.part")
    try:
        with writing(path):
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
    except OutputError:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def results_for(folder: Path) -> Iterator[Path]:
    """A folder to render into; what is there when the context ends without error moves into the bundle."""
    making = folder / _RENDERING
    with writing(folder):
        making.mkdir()
    try:
        yield making
        with writing(folder):
            for path in sorted(making.iterdir()):
                path.rename(folder / path.name)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def clear_results(folder: Path) -> None:
    """Remove what an interrupted run had rendered, or begun to: the evidence and the settings are left."""
    names = {PREVIOUS, *RESULTS, SUMS, SIGNATURE, MANIFEST}
    with writing(folder):
        for path in [folder / name for name in names - {MANIFEST}] + [folder / f".{name}.part" for name in names]:
            path.unlink(missing_ok=True)
    shutil.rmtree(folder / _RENDERING, ignore_errors=True)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder: Path, facts: Mapping[str, Any], sign: Callable[[bytes], bytes] | None = None) -> None:
    """Write sums, signature and manifest with these facts about the run; the bundle does not change any more.

    ``sign`` gives the signature of a manifest. Raises OutputError, and what ``sign`` raises; then the bundle is still
    unfinished.
    """
    present = [folder / name for name in sorted(FILES) if (folder / name).is_file()]
    files = [{"name": path.name, "bytes": path.stat().st_size, "sha256": digest(path)} for path in present]
    manifest = {"schema": SCHEMA, **facts, "files": files}
    text = (json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()
    if sign is not None:
        write_file(folder / SIGNATURE, sign(text))
    sums = {str(file["name"]): str(file["sha256"]) for file in files} | {MANIFEST: hashlib.sha256(text).hexdigest()}
    write_file(folder / SUMS, sums_text(sums).encode())
    write_file(folder / MANIFEST, text)


def sums_text(sums: Mapping[str, str]) -> str:
    """``SHA256SUMS`` for these hashes by file name."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(sums.items()))


def read_manifest(folder: Path) -> Json:
    """The manifest of a sealed bundle. Raises BundleError for a folder without a readable one."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BundleError(
            f"{folder}: has no {MANIFEST}: name a bundle, or finish it with `orgaudit run --resume`"
        ) from None
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: cannot be read: {error}; take a whole copy of the bundle") from None
    files = manifest.get("files") if isinstance(manifest, dict) and manifest.get("schema") == SCHEMA else None
    if not isinstance(files, list) or not all(isinstance(one, dict) and one.keys() >= _LISTED for one in files):
        raise BundleError(f"{path}: is not a manifest of orgaudit; name the folder of a bundle")
    return dict(manifest)


_LISTED = {"name", "bytes", "sha256"}
"""What a manifest says of each file."""


def hashes(manifest: Json) -> dict[str, str]:
    """The SHA-256 of each file that a manifest lists, by name."""
    return {str(file["name"]): str(file["sha256"]) for file in manifest["files"]}


def part(manifest: Json, key: str) -> Json:
    """A table in a manifest, such as its ``run``; empty where there is none."""
    found = manifest.get(key)
    return found if isinstance(found, dict) else {}


def is_sealed(folder: Path) -> bool:
    """Whether the bundle is finished."""
    return (folder / MANIFEST).is_file()
