"""Which bundle came before: the newest finished one of the same organization, and its manifest by hash."""

import hashlib
from pathlib import Path

from orgaudit.evidence.bundle import seal
from orgaudit.evidence.history import finished_bundles, link, previous_bundle

OURS, OTHER = "o-ours", "o-other"


def bundle(path: Path, started_at: str, organization_id: str = OURS, **facts: object) -> Path:
    path.mkdir()
    seal(path, {"run": {"organization_id": organization_id, "started_at": started_at}, **facts})
    return path


def test_the_newest_finished_bundle_of_the_same_organization_is_the_previous(tmp_path: Path) -> None:
    """By the start of the run, not by name or time of the folder; reports and unfinished bundles do not count."""
    newest = bundle(tmp_path / "a", "2026-10-02T00:00:00Z")
    oldest = bundle(tmp_path / "b", "2026-07-01T00:00:00Z")
    bundle(tmp_path / "c", "2026-11-01T00:00:00Z", OTHER)
    bundle(tmp_path / "a+4.0.1", "2026-11-01T00:00:00Z")
    bundle(tmp_path / "again", "2026-11-01T00:00:00Z", source={"bundle": "a"})
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "manifest.json").write_text("{")
    (tmp_path / "unfinished").mkdir()
    assert finished_bundles(tmp_path, OURS) == [oldest, newest]
    assert previous_bundle(tmp_path / "unfinished", OURS) == newest
    assert previous_bundle(newest, OURS) == oldest
    assert previous_bundle(tmp_path / "unfinished", "o-new") is None
    assert previous_bundle(tmp_path / "nowhere" / "bundle", OURS) is None


def test_a_manifest_is_linked_by_name_and_hash(tmp_path: Path) -> None:
    before = bundle(tmp_path / "a", "2026-10-02T00:00:00Z")
    digest = hashlib.sha256((before / "manifest.json").read_bytes()).hexdigest()
    assert link(before) == {"bundle": "a", "manifest_sha256": digest}
    assert link(None) is None
