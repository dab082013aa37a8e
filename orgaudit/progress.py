"""What a long run tells of itself while it goes on; who shows it, and how, is the caller's affair."""

from typing import Protocol


class Progress(Protocol):
    """Told of each step. Always called from the thread that runs the collection, never from a worker."""

    def stage(self, name: str) -> None:
        """The next stage of the pipeline begins."""

    def accounts_found(self, total: int, complete: bool) -> None:
        """So many accounts are to be read; ``complete`` once the whole organization is listed."""

    def account_done(self, account_id: str, refused: bool) -> None:
        """An account came to its end; ``refused`` when its role could not be assumed."""

    def calls_done(self, count: int) -> None:
        """So many further calls were made."""


class Silent:
    """Progress that nobody watches."""

    def stage(self, name: str) -> None:
        """Nothing."""

    def accounts_found(self, total: int, complete: bool) -> None:
        """Nothing."""

    def account_done(self, account_id: str, refused: bool) -> None:
        """Nothing."""

    def calls_done(self, count: int) -> None:
        """Nothing."""
