"""Whether a bundle stands: its files, its rows, its results by its evidence, the bundles around it, its signature.

Offline. What a consistent edit of file, manifest and sums leaves unseen is said, not passed over.
"""

from dataclasses import dataclass, field
from pathlib import Path

from orgaudit.config import load_config
from orgaudit.errors import BundleError, OrgauditError
from orgaudit.evidence.bundle import (
    CONFIG,
    EVIDENCE,
    FILES,
    MANIFEST,
    PREVIOUS,
    SIGNATURE,
    SUMS,
    by_name,
    is_sealed,
    read_manifest,
)
from orgaudit.evidence.history import chain_of
from orgaudit.evidence.integrity import Difference, differences, row_differences
from orgaudit.evidence.signature import PublicKey, is_signed, public_key
from orgaudit.model.calls import Json
from orgaudit.pipeline.rederivation import check_results
from orgaudit.progress import Progress, Silent

_SHOWN = 20


@dataclass
class Verification:
    """What was found of one bundle."""

    folder: Path
    problems: list[str] = field(default_factory=list)
    """Why the bundle does not stand, one line each; empty where it does."""
    notes: list[str] = field(default_factory=list)
    """What was checked, and what could not be, one line each."""

    @property
    def intact(self) -> bool:
        """Nothing speaks against the bundle."""
        return not self.problems


def verify(
    folder: Path, key_file: Path | None = None, *, everything: bool = False, progress: Progress | None = None
) -> Verification:
    """Check a bundle against its manifest, its evidence and what lies beside it.

    key_file: the signer's public key. everything: workbook and PDF of a large bundle are made again too. Raises
    BundleError for a folder that is no bundle, and for a key file that is none.
    """
    folder, progress = by_name(folder), progress or Silent()
    key = _key(key_file) if key_file else None
    if not folder.is_dir():
        raise BundleError(f"{folder} is not a folder: name the folder of a bundle")
    if not is_sealed(folder):
        return _unfinished(folder)
    found = Verification(folder)
    progress.stage("Step 1 of 2: files and records, as they were sealed")
    changed = _check_files(found)
    manifest = _manifest(folder)
    if manifest is not None:
        progress.stage("Step 2 of 2: results, derived again from the evidence")
        results = check_results(folder, manifest, changed, everything=everything)
        found.problems += results.problems
        found.notes += results.notes
        _check_chain(found, manifest)
    _check_signature(found, manifest, key)
    return found


def _unfinished(folder: Path) -> Verification:
    present = {path.name for path in folder.iterdir()}
    if not present & {*FILES, SUMS}:
        raise BundleError(f"{folder}: is no bundle, it has no {MANIFEST} and no {EVIDENCE}: name the folder of one")
    problem = f"unfinished: there is no {MANIFEST}; the run was interrupted (or the file was taken away)"
    rows = row_differences(folder) if EVIDENCE in present else [Difference(EVIDENCE, "missing")]
    return Verification(folder, [problem, *_lines(rows)], ["orgaudit run --resume finishes an interrupted run"])


def _check_files(found: Verification) -> frozenset[str]:
    """Names every file and row that is not as sealed; gives the names of the files."""
    files = differences(found.folder)
    rows = row_differences(found.folder) if (found.folder / EVIDENCE).is_file() else []
    found.problems += _lines([*files, *rows])
    if not files:
        count = sum(path.name not in {MANIFEST, SUMS, SIGNATURE} for path in found.folder.iterdir())
        found.notes.append(f"files: all {count} are as {MANIFEST} and {SUMS} say")
    if not rows and (found.folder / EVIDENCE).is_file():
        found.notes.append(f"rows of {EVIDENCE}: every one is as it was written, none is missing, none was added")
    return frozenset(one.name for one in [*files, *(Difference(EVIDENCE, row.kind) for row in rows)])


def _lines(differing: list[Difference]) -> list[str]:
    lines = [f"{one.kind}: {one.name}" + (f" ({one.detail})" if one.detail else "") for one in differing]
    more = len(lines) - _SHOWN
    return lines if more <= 0 else [*lines[:_SHOWN], f"and {more} more"]


def _manifest(folder: Path) -> Json | None:
    try:
        return read_manifest(folder)
    except BundleError:
        return None


def _check_chain(found: Verification, manifest: Json) -> None:
    if "source" in manifest:
        return
    if not manifest.get("previous") and (found.folder / PREVIOUS).exists():
        found.problems.append(f"changed: {MANIFEST} (it names no earlier bundle, but {PREVIOUS} is here)")
    chain = chain_of(found.folder)
    found.problems += chain.breaks
    if chain.earlier:
        last = chain.earlier[-1].name
        found.notes.append(f"earlier bundles: {len(chain.earlier)}, back to {last}, each as the next one recorded it")
    if chain.later:
        found.notes.append(f"later bundles: {chain.later} recorded this manifest as it is")
    if chain.gap and not chain.breaks:
        found.notes.append(f"earlier bundles: {chain.gap} does not lie beside; not checked from there on")
    if not chain.earlier and not chain.gap:
        beside = f", although {chain.unlinked.name} lies beside" if chain.unlinked else ""
        found.notes.append(f"earlier bundles: it names none{beside}")


def _check_signature(found: Verification, manifest: Json | None, key: PublicKey | None) -> None:
    signature, content = found.folder / SIGNATURE, (found.folder / MANIFEST).read_bytes()
    if not signature.is_file():
        if key is not None or (manifest is not None and "source" not in manifest and _to_be_signed(found.folder)):
            found.problems.append(f"missing: {SIGNATURE}")
        else:
            found.notes.append("signature: none")
    elif key is None:
        found.notes.append("signature: there is one; name the signer's key with --public-key to check it")
    elif is_signed(content, signature.read_bytes(), key):
        found.notes.append(f"signature: {MANIFEST} was signed with this key")
        return
    else:
        found.problems.append(f"changed: {SIGNATURE} or {MANIFEST} (not signed with this key)")
    found.notes.append(
        "consistent, signer not checked: a change of a file together with manifest and sums shows only by a signature, "
        "or by the next bundle, which records this manifest's hash"
        if found.intact
        else "signer not checked"
    )


def _to_be_signed(folder: Path) -> bool:
    """Whether the run's settings name a key, so that a missing signature was taken away."""
    try:
        return bool(load_config(folder / CONFIG).sign.kms_key_id)
    except OrgauditError:
        return False


def _key(file: Path) -> PublicKey:
    try:
        return public_key(file.read_bytes())
    except OSError as error:
        raise BundleError(f"{file}: cannot be read: {error.strerror}; name a file with the public key") from None
    except BundleError as error:
        raise BundleError(f"{file}: {error}") from None
