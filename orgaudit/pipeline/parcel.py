"""What is handed over: a sealed bundle's files, or those of some units alone, rendered when they are sent."""

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orgaudit.config import load_config
from orgaudit.deliver.scope import Scope
from orgaudit.deliver.units import Units
from orgaudit.errors import BundleError
from orgaudit.evidence import bundle
from orgaudit.evidence.previous import since_last
from orgaudit.evidence.snapshot import Snapshot
from orgaudit.model.frames import Frames
from orgaudit.model.settings import Config
from orgaudit.report.letter import Enclosures, Letter, LetterFile, write_letter
from orgaudit.report.render import render_into
from orgaudit.report.results import read_results
from orgaudit.report.view import View, build_view

Json = dict[str, Any]
OUTBOX = "outbox"
"""Beside the bundles: drafts of mails, and files of a scope that were too big for one."""


@dataclass(frozen=True)
class Parcel:
    """The files of one scope, and what a letter says of them."""

    folder: Path
    units: Units
    files: Mapping[str, LetterFile]
    view: View
    bundle: str
    manifest_sha256: str
    problems: tuple[str, ...] = ()
    """What could not be rendered for this scope, one sentence each."""

    def sizes(self) -> dict[str, int]:
        """Bytes by name."""
        return {name: file.bytes for name, file in self.files.items()}

    def letter(self, attached: list[str], left_out: list[str], limit: int, places: list[str]) -> Letter:
        """The letter that goes with these files. limit: bytes that attachments together may have."""
        here, elsewhere = ([self.files[name] for name in names] for names in (attached, left_out))
        return write_letter(self.view, Enclosures(self.bundle, self.manifest_sha256, here, elsewhere, limit, places))


@dataclass(frozen=True)
class AtHand:
    """What a run that has just sealed a bundle need not read again."""

    document: Json
    frames: Frames
    view: View


class SealedBundle:
    """A finished bundle, checked against its manifest and opened for handing over."""

    def __init__(self, folder: Path, at_hand: AtHand | None = None) -> None:
        """Raises BundleError for a bundle that is unfinished, or changed after it was sealed."""
        self._at_hand = at_hand
        self.folder = folder = bundle.by_name(folder)
        self.manifest = _manifest(folder)
        _check_unchanged(folder, self.manifest)
        self.manifest_sha256 = bundle.digest(folder / bundle.MANIFEST)
        self.document = at_hand.document if at_hand else _results(folder / "results.json")

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.resolve().name

    @cached_property
    def config(self) -> Config:
        """The settings that the bundle was made under."""
        return load_config(self.folder / bundle.CONFIG)

    @cached_property
    def comparison(self) -> Json | None:
        """What changed since the run before; None for a first run."""
        return since_last(self.folder, self.document)

    def outbox(self, units: Units) -> Path:
        """The folder beside the bundles for what concerns these units."""
        return self.folder.resolve().parent / OUTBOX / self.name / slug(units)

    def whole(self) -> Parcel:
        """The bundle's own files."""
        files = {one["name"]: LetterFile(one["name"], one["bytes"], one["sha256"]) for one in self.manifest["files"]}
        return Parcel(self.folder, Units(), files, self._view(), self.name, self.manifest_sha256)

    @contextmanager
    def part(self, units: Units) -> Iterator[Parcel]:
        """The files of these units alone, for as long as the context lasts.

        Raises BundleError where the evidence is not at hand, OutputError where the files cannot be written.
        """
        scope = Scope(self.document, units)
        document = scope.document()
        frames = scope.frames(self._at_hand.frames if self._at_hand else Snapshot.open(self._source()))
        view = build_view(document, frames, scope.comparison(self.comparison))
        with TemporaryDirectory(prefix="orgaudit-") as made:
            folder = Path(made)
            problems = render_into(folder, view, document, units.text)
            files = {path.name: _file(path) for path in sorted(folder.iterdir())}
            yield Parcel(folder, units, files, view, self.name, self.manifest_sha256, problems)

    def keep(self, parcel: Parcel, names: list[str]) -> Path:
        """Where these files lie for those to whom they cannot be mailed. Raises OutputError."""
        if not parcel.units.names:
            return self.folder.resolve()
        kept = self.outbox(parcel.units)
        with bundle.writing(kept):
            kept.mkdir(parents=True, exist_ok=True)
            for name in names:
                shutil.copyfile(parcel.folder / name, kept / name)
        return kept

    def _view(self) -> View:
        """What a letter about the whole tells. It needs no evidence: all of it is in the results."""
        if self._at_hand:
            return self._at_hand.view
        return build_view(self.document, Frames(config=self.config), self.comparison)

    def _source(self) -> Path:
        """The folder that holds the evidence: this one, or the bundle that this one was evaluated again from."""
        if (self.folder / bundle.EVIDENCE).is_file():
            return self.folder
        named = str(bundle.part(self.manifest, "source").get("bundle", ""))
        source = self.folder.resolve().parent / Path(named).name
        if not named or not (source / bundle.EVIDENCE).is_file():
            raise BundleError(
                f"{self.folder}: reports for single organizational units are made from the evidence, which lies in the "
                f"bundle {named or 'that this one was made from'}; put both side by side"
            )
        return source


def slug(units: Units) -> str:
    """A name for files and folders: ASCII, no blanks, another one for other units."""
    if not units.names:
        return "all"
    readable = re.sub(r"[^A-Za-z0-9]+", "-", "_".join(name.rpartition("/")[2] for name in units.names)).strip("-")
    return f"{readable[:40] or 'units'}-{hashlib.sha256(units.key.encode()).hexdigest()[:8]}"


def _manifest(folder: Path) -> Json:
    if folder.is_dir() and not bundle.is_sealed(folder) and (folder / bundle.EVIDENCE).is_file():
        raise BundleError(
            f"{folder}: the bundle is unfinished, and nothing of it is sent; `orgaudit run --resume {folder}` goes on "
            "with it"
        )
    return bundle.read_manifest(folder)


def _check_unchanged(folder: Path, manifest: Json) -> None:
    """What is sent must be what was sealed: the letter vouches for it by hash."""
    sealed = bundle.hashes(manifest)
    sums = bundle.sums_text({**sealed, bundle.MANIFEST: bundle.digest(folder / bundle.MANIFEST)})
    sealed[bundle.SUMS] = hashlib.sha256(sums.encode()).hexdigest()
    for name, sha256 in sealed.items():
        path = folder / name
        if not path.is_file() or bundle.digest(path) != sha256:
            raise BundleError(
                f"{path}: {'changed' if path.is_file() else 'missing'} since the bundle was sealed, and nothing of it "
                f"is sent; `orgaudit verify {folder}` tells more"
            )


def _results(path: Path) -> Json:
    try:
        return read_results(path)
    except (OSError, ValueError) as error:
        raise BundleError(f"{path}: cannot be read: {error}; take a whole copy of the bundle") from None


def _file(path: Path) -> LetterFile:
    return LetterFile(path.name, path.stat().st_size, bundle.digest(path))
