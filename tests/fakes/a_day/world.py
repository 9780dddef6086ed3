"""A keeper as a day needs it: to be asked, and to be looked into from behind."""

from collections.abc import Mapping
from enum import Enum
from typing import Protocol

from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SigningSource, Source


class Fate(Enum):
    """What has become of something that the keeper gave out."""

    ALIVE = "alive"
    ENDED = "its lease has ended"
    REVOKED = "somebody has revoked it before its time"


class World(Protocol):
    """A keeper, and the adapters of the process under test to it."""

    @property
    def sources(self) -> Mapping[Scheme, Source]:
        """What keeps secrets."""
        ...

    @property
    def signers(self) -> Mapping[Scheme, SigningSource]:
        """What signs."""
        ...

    @property
    def logins(self) -> int:
        """How often the process has logged in."""
        ...

    def fate(self, place: Reference, version: str) -> Fate:
        """Tell what has become of a version of what is at a place."""
        ...

    async def close(self) -> None:
        """End it."""
        ...
