"""Keepers that are opened when they are first asked: the libraries of most are never needed."""

from collections.abc import Callable

from trust.secrets.reference import Reference
from trust.secrets.source import Fetched, SigningSource, Source


class Late:
    """A source behind `opened`, which returns it and imports what it needs."""

    def __init__(self, opened: Callable[[], Source]) -> None:
        self._opened = opened

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return what is there now. Raises SecretOutage, SecretRefused."""
        return await self._opened().fetch(place, known)


class LateSigning(Late):
    """The same for keys that sign where they are: what is fetched is the public half."""

    def __init__(self, opened: Callable[[], SigningSource]) -> None:
        super().__init__(opened)
        self._signing = opened

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign. Raises SecretOutage, SecretRefused."""
        return await self._signing().sign(place, key, message)
