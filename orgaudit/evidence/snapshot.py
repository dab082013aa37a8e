"""The frames of a bundle, from its evidence alone: no network, and the same frames every time."""

from dataclasses import dataclass, fields
from pathlib import Path

from orgaudit.config import load_config
from orgaudit.errors import BundleError
from orgaudit.evidence.bundle import CONFIG, EVIDENCE, digest
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.answers import frames_of
from orgaudit.model.frames import Frames
from orgaudit.model.settings import Config


@dataclass
class Snapshot(Frames):
    """All frames of one bundle, with the run's facts and the configuration it was made under."""

    @classmethod
    def open(cls, bundle: str | Path) -> "Snapshot":
        """The frames of the bundle in this folder.

        Raises BundleError for a folder that is no bundle or is damaged, ConfigError for a configuration that cannot be
        read.
        """
        folder = Path(bundle)
        if not folder.is_dir():
            raise BundleError(f"{folder} is not a folder: name the folder of a bundle")
        store = EvidenceStore.open(folder / EVIDENCE, read_only=True)
        try:
            frames = frames_of(store.records(), store.facts, bundle_config(folder))
            frames.config_sha256 = digest(folder / CONFIG)
        finally:
            store.close()
        return cls(**{field.name: getattr(frames, field.name) for field in fields(frames)})


def bundle_config(folder: Path) -> Config:
    """The settings that a bundle was made under. Raises BundleError where they are gone, ConfigError."""
    if not (folder / CONFIG).is_file():
        raise BundleError(f"{folder / CONFIG} does not exist: name the folder of a whole bundle")
    return load_config(folder / CONFIG)
