"""The bundles of one output folder in their order: each finished one names the manifest of the one before it.

Whoever edits a bundle together with its manifest and sums still has to edit every later bundle as well.
"""

from dataclasses import dataclass
from pathlib import Path

from orgaudit.errors import BundleError
from orgaudit.evidence.bundle import EVIDENCE, MANIFEST, digest, is_sealed, part, read_manifest
from orgaudit.model.calls import Json


def finished_bundles(folder: Path, organization_id: str) -> list[Path]:
    """The finished bundles of one organization in an output folder, the oldest run first.

    Left out is what ``report`` made of a bundle (``<bundle>+<benchmark>``, or a manifest that names a source), and
    a folder whose manifest cannot be read.
    """
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        manifest = _manifest(path)
        run = part(manifest, "run")
        if run and "source" not in manifest and run.get("organization_id") == organization_id:
            found.append((str(run.get("started_at")), path.name, path))
    return [path for _, _, path in sorted(found)]


def previous_bundle(bundle: Path, organization_id: str) -> Path | None:
    """The newest finished bundle of the organization that lies beside this one; None where there is none."""
    beside = [path for path in finished_bundles(bundle.parent, organization_id) if path.name != bundle.name]
    return beside[-1] if beside else None


def link(previous: Path | None) -> dict[str, str] | None:
    """What a manifest holds of the bundle before it: its name and its manifest's SHA-256."""
    return {"bundle": previous.name, "manifest_sha256": digest(previous / MANIFEST)} if previous else None


def source_link(source: Path) -> dict[str, str | None]:
    """What the manifest of a report made again holds of the bundle it was made of.

    An unfinished one has no manifest, and goes on growing: then the hash of its evidence tells what was seen.
    """
    sealed = is_sealed(source)
    return {
        "bundle": source.resolve().name,
        "manifest_sha256": digest(source / MANIFEST) if sealed else None,
        "evidence_sha256": digest(source / EVIDENCE),
    }


@dataclass(frozen=True, slots=True)
class Chain:
    """How the bundles beside one fit to it."""

    earlier: tuple[Path, ...]
    """The bundles before it, the nearest first, each with the manifest that the one after it names."""
    gap: str
    """The bundle that should come next and does not lie beside; empty at the first bundle of all."""
    unlinked: Path | None
    """Where it names none before it: the last one that lies beside and was started earlier."""
    later: int
    """How many later ones recorded this one's manifest as it is."""
    breaks: tuple[str, ...]
    """Manifests that are not what another bundle recorded of them, one sentence each."""


def chain_of(bundle: Path) -> Chain:
    """Follows a finished bundle's links to those before it, and looks at what later ones say of it.

    A bundle of another name is recognized by its manifest's hash. Raises BundleError without a readable manifest.
    """
    own = read_manifest(bundle)
    beside = {path: _manifest(path) for path in bundle.resolve().parent.iterdir() if path.name != bundle.resolve().name}
    hashes = {digest(path / MANIFEST): path for path, manifest in beside.items() if manifest}
    earlier: list[Path] = []
    breaks, later = _later(bundle.resolve().name, digest(bundle / MANIFEST), beside)
    wanted, after = _linked(own), bundle.name
    unlinked = None if wanted[1] else _last_before(own, beside)
    while wanted[1]:
        path = hashes.pop(wanted[1], None)
        if path is None:
            named = next((path for path in beside if path.name == wanted[0] and is_sealed(path)), None)
            if named is not None:
                breaks.append(f"{named.name}: its manifest is not the one that {after} was made after")
            return Chain(tuple(earlier), wanted[0], None, later, tuple(breaks))
        earlier.append(path)
        wanted, after = _linked(beside[path]), path.name
    return Chain(tuple(earlier), "", unlinked, later, tuple(breaks))


def _last_before(own: Json, beside: dict[Path, Json]) -> Path | None:
    """The last bundle of the same organization beside it whose run was started earlier."""
    organization, start = part(own, "run").get("organization_id"), str(part(own, "run").get("started_at"))
    earlier = [
        (str(part(manifest, "run").get("started_at")), path)
        for path, manifest in beside.items()
        if "source" not in manifest and part(manifest, "run").get("organization_id") == organization
    ]
    return max(((at, path) for at, path in earlier if at < start), default=(start, None))[1]


def _later(name: str, manifest_sha256: str, beside: dict[Path, Json]) -> tuple[list[str], int]:
    """What is wrong by later bundles' records of this one, and how many have it right."""
    recorded = {path: _linked(manifest)[1] for path, manifest in beside.items() if _linked(manifest)[0] == name}
    breaks = [
        f"{name}: its manifest is not the one that the later {path.name} recorded"
        for path, sha256 in sorted(recorded.items())
        if sha256 != manifest_sha256
    ]
    return breaks, len(recorded) - len(breaks)


def _linked(manifest: Json) -> tuple[str, str]:
    """Name and manifest hash of the bundle before; empty texts where there was none."""
    previous = part(manifest, "previous")
    return str(previous.get("bundle") or ""), str(previous.get("manifest_sha256") or "")


def _manifest(path: Path) -> Json:
    """The manifest; empty for a folder that is no finished bundle."""
    if "+" in path.name or not is_sealed(path):
        return {}
    try:
        return read_manifest(path)
    except BundleError:
        return {}
