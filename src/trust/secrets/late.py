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


class LateSigning:
    """The same for keys that sign where they are."""

    def __init__(self, opened: Callable[[], SigningSource]) -> None:
        self._opened = opened

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the public key. Raises SecretOutage, SecretRefused."""
        return await self._opened().fetch(place, known)

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign. Raises SecretOutage, SecretRefused."""
        return await self._opened().sign(place, key, message)
