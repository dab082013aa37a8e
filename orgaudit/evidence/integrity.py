"""Whether a bundle is what was sealed: its files by manifest and sums, the rows of its evidence by their own hashes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orgaudit.errors import BundleError
from orgaudit.evidence.bundle import EVIDENCE, MANIFEST, SIGNATURE, SUMS, digest, hashes, read_manifest, sums_text
from orgaudit.evidence.store import EvidenceStore

CHANGED, MISSING, EXTRA = "changed", "missing", "extra"


@dataclass(frozen=True, slots=True)
class Difference:
    """A file, or a row of the evidence, that is not as it was sealed."""

    name: str
    kind: str
    """changed, missing or extra."""
    detail: str = ""
    """What else is to be said of it; may be empty."""


def differences(folder: Path) -> list[Difference]:
    """Every file that differs from what was sealed, by name.

    Manifest and sums say the same of every file, so that the one of them that was changed can be told. Raises
    BundleError for a folder without a manifest.
    """
    manifest, sums = _listed(folder), _summed(folder)
    said = sums.get(MANIFEST)
    agree = bool(manifest) and said in (None, digest(folder / MANIFEST))
    found = list(_file_differences(folder, [manifest] if agree else [manifest, sums]))
    if not manifest:
        found.append(Difference(MANIFEST, CHANGED, "it cannot be read"))
    elif not agree:
        found.append(Difference(MANIFEST, CHANGED, f"{SUMS} has another hash of it"))
    return sorted([*found, *_sums_differences(folder, manifest, sums, agree)], key=lambda one: one.name)


def _listed(folder: Path) -> dict[str, str]:
    """The hashes by file name that the manifest lists; empty where it cannot be read."""
    if not (folder / MANIFEST).is_file():
        raise BundleError(
            f"{folder}: has no {MANIFEST}: the bundle is unfinished, or no bundle; finish it with "
            "`orgaudit run --resume`, or name another"
        )
    try:
        return hashes(read_manifest(folder))
    except BundleError:
        return {}


def _summed(folder: Path) -> dict[str, str]:
    """The hashes by file name in the sums; empty where there are none."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = [line.split("  ", 1) for line in lines]
    return {pair[-1]: pair[0] for pair in pairs}


def _file_differences(folder: Path, lists: list[dict[str, str]]) -> Iterator[Difference]:
    apart = {MANIFEST, SUMS, SIGNATURE}
    names = {name for listed in lists for name in listed} - apart
    present = {path.name: path for path in folder.iterdir() if path.name not in apart}
    yield from (Difference(name, MISSING) for name in names - present.keys())
    yield from (Difference(name, EXTRA) for name in present.keys() - names)
    for name in names & present.keys():
        path = present[name]
        if path.is_symlink() or not path.is_file():
            yield Difference(name, CHANGED, "it is a link" if path.is_symlink() else "it is not a file")
        elif digest(path) not in {listed.get(name) for listed in lists}:
            yield Difference(name, CHANGED)


def _sums_differences(
    folder: Path, manifest: Mapping[str, str], sums: Mapping[str, str], agree: bool
) -> Iterator[Difference]:
    path = folder / SUMS
    if not path.is_file():
        yield Difference(SUMS, MISSING)
        return
    text = path.read_bytes()
    expected = {**manifest, MANIFEST: digest(folder / MANIFEST)}
    if text != sums_text(expected if agree else sums).encode() or not (agree or _true(folder, sums)):
        yield Difference(SUMS, CHANGED)


def _true(folder: Path, sums: Mapping[str, str]) -> bool:
    """Whether the sums are right about every other file than the manifest."""
    present = {path.name: path for path in folder.iterdir() if path.is_file() and path.name != MANIFEST}
    return all(digest(present[name]) == sha256 for name, sha256 in sums.items() if name in present)


def row_differences(folder: Path) -> list[Difference]:
    """The rows of the evidence that were changed, taken out or put in, as far as the file itself tells."""
    path = folder / EVIDENCE
    try:
        store = EvidenceStore.open(path, read_only=True)
        try:
            missing, added = store.missing_and_added_rows()
            changed = sorted(store.changed_rows())
        finally:
            store.close()
    except BundleError as error:
        return [Difference(EVIDENCE, CHANGED, str(error).removeprefix(f"{path}: "))]
    kinds = ((CHANGED, changed), (MISSING, missing), (EXTRA, added))
    return [Difference(f"{EVIDENCE}, row {name}", kind) for kind, names in kinds for name in names]
