"""What closes one finding: the steps and where they are done, or why no command closes it."""

from dataclasses import dataclass
from typing import NamedTuple

from orgaudit.remediate.steps import Place, Step


class Placed(NamedTuple):
    """A step and where it is done."""

    place: Place
    step: Step


@dataclass(frozen=True, slots=True)
class Closing:
    """What closes a finding."""

    steps: tuple[Placed, ...] = ()
    by_hand: str = ""
    """What somebody has to decide or do where no command should; one or more sentences."""

    def then(self, other: "Closing") -> "Closing":
        """Both, where the first closes anything by commands."""
        if not self.steps:
            return self
        said = dict.fromkeys(sentence for sentence in (self.by_hand, other.by_hand) if sentence)
        return Closing((*self.steps, *other.steps), " ".join(said))


def by_hand(sentence: str) -> Closing:
    """A finding that no command closes."""
    return Closing(by_hand=sentence)
