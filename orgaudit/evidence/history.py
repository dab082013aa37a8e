"""The bundles of one output folder in their order: each finished one names the manifest of the one before it.

Whoever edits a bundle together with its manifest and sums still has to edit every later bundle as well.
"""

from pathlib import Path

from orgaudit.errors import BundleError
from orgaudit.evidence.bundle import MANIFEST, digest, is_sealed, read_manifest
from orgaudit.model.calls import Json


def finished_bundles(folder: Path, organization_id: str) -> list[Path]:
    """The finished bundles of one organization in an output folder, the oldest run first.

    Left out is what ``report`` made of a bundle (``<bundle>+<benchmark>``, or a manifest that names a source), and
    a folder whose manifest cannot be read.
    """
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        manifest = _manifest(path)
        run = manifest.get("run")
        if isinstance(run, dict) and "source" not in manifest and run.get("organization_id") == organization_id:
            found.append((str(run.get("started_at")), path.name, path))
    return [path for _, _, path in sorted(found)]


def previous_bundle(bundle: Path, organization_id: str) -> Path | None:
    """The newest finished bundle of the organization that lies beside this one; None where there is none."""
    beside = [path for path in finished_bundles(bundle.parent, organization_id) if path.name != bundle.name]
    return beside[-1] if beside else None


def link(previous: Path | None) -> dict[str, str] | None:
    """What a manifest holds of the bundle before it: its name and its manifest's SHA-256."""
    return {"bundle": previous.name, "manifest_sha256": digest(previous / MANIFEST)} if previous else None


def _manifest(path: Path) -> Json:
    """The manifest; empty for a folder that is no finished bundle."""
    if "+" in path.name or not is_sealed(path):
        return {}
    try:
        return read_manifest(path)
    except BundleError:
        return {}
