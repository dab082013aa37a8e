"""The frames of a bundle, from its evidence alone: no network, and the same frames every time."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from orgaudit.errors import BundleError
from orgaudit.evidence.store import FILE_NAME, EvidenceStore
from orgaudit.model.answers import frames_of
from orgaudit.model.frames import Frames
from orgaudit.model.settings import Config

CONFIG_NAME = "config.toml"


@dataclass
class Snapshot(Frames):
    """All frames of one bundle, with the run's facts and the configuration it was made under."""

    @classmethod
    def open(cls, bundle: str | Path, load: Callable[[Path], Config] | None = None) -> "Snapshot":
        """The frames of the bundle in this folder.

        ``load`` reads the configuration; without it, ``orgaudit.config`` does. Raises BundleError for a folder that
        is no bundle or is damaged, ConfigError for a configuration that cannot be read.
        """
        folder = Path(bundle)
        if not folder.is_dir():
            raise BundleError(f"{folder} is not a folder: name the folder of a bundle")
        store = EvidenceStore.open(folder / FILE_NAME, read_only=True)
        try:
            frames = frames_of(store.records(), store.facts, _config(folder / CONFIG_NAME, load))
            frames.config_sha256 = hashlib.sha256((folder / CONFIG_NAME).read_bytes()).hexdigest()
        finally:
            store.close()
        return cls(**{field.name: getattr(frames, field.name) for field in fields(frames)})


def _config(path: Path, load: Callable[[Path], Config] | None) -> Config:
    if not path.is_file():
        raise BundleError(f"{path} does not exist: name the folder of a whole bundle")
    if load is not None:
        return load(path)
    from orgaudit.config import load_config

    return load_config(path)
