"""A run that was begun and not finished: what it needs to go on, and that it goes on as what it was."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from orgaudit.errors import AccessError, BundleError, ConfigError
from orgaudit.evidence.bundle import CONFIG, EVIDENCE
from orgaudit.evidence.masking import KEY_FILE, Mask, mask_key
from orgaudit.evidence.snapshot import bundle_config
from orgaudit.evidence.store import EvidenceStore
from orgaudit.model.frames import RunFacts
from orgaudit.model.settings import Config

MASKED_WITH = "masked_with"
"""The fact that holds the fingerprint of the mask's key."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An unfinished bundle."""

    facts: RunFacts
    config: Config
    masked_with: str

    @property
    def collected(self) -> bool:
        """All was asked: only verdicts and reports are left to be made."""
        return self.facts.finished


def begun(folder: Path) -> Begun:
    """What an unfinished bundle holds of its run. Raises BundleError for any other folder."""
    store = EvidenceStore.open(folder / EVIDENCE)
    try:
        facts, masked_with = store.facts, store.fact(MASKED_WITH)
    finally:
        store.close()
    return Begun(facts, bundle_config(folder), str(masked_with))


def mask_of(run: Begun, folder: Path) -> Mask:
    """The mask of an unfinished bundle in its output folder. Raises BundleError where that has another key, or none.

    Under another key equal addresses would no longer look equal within one bundle.
    """
    beside = folder.parent / KEY_FILE
    mask = Mask(mask_key(folder.parent)) if beside.is_file() else None
    if mask is None or mask.fingerprint != run.masked_with:
        raise BundleError(
            f"{beside}: is not the key that the addresses in {folder.name} are masked with; resume the run in the "
            "output folder where it began"
        )
    return mask


def check_same_settings(kept: Config, given: Config) -> None:
    """Raises ConfigError that names every setting which is not the bundle's."""
    differing = list(_differing(asdict(kept), asdict(given), ""))
    if differing:
        raise ConfigError(
            f"{', '.join(differing)}: not as in the bundle's {CONFIG}. A run is finished by the settings that it began "
            "with; leave -c and --benchmark out"
        )


def _differing(kept: dict[str, Any], given: dict[str, Any], at: str) -> Iterator[str]:
    for key, value in kept.items():
        if isinstance(value, dict) and value.keys() == given[key].keys():
            yield from _differing(value, given[key], f"{at}{key}.")
        elif value != given[key]:
            yield f"{at}{key}"


def check_same_organization(facts: RunFacts, organization_id: str, account_id: str) -> None:
    """Raises AccessError where the credentials lead elsewhere than those that the run began with."""
    if (organization_id, account_id) != (facts.organization_id, facts.caller_account_id):
        raise AccessError(
            f"the run began in account {facts.caller_account_id} of organization {facts.organization_id}, these "
            f"credentials are of account {account_id} of {organization_id}: sign in where it began"
        )
