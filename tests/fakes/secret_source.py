"""A keeper of secrets in memory, which does what a test says."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import Fetched, SecretRefused


class KnownSecrets:
    """Knows some secrets by the path of their reference. `asked` lists what was wanted."""

    def __init__(self, secrets: Mapping[str, str], *, lease_s: float | None = None) -> None:
        self.secrets = dict(secrets)
        self.asked: list[Reference] = []
        self.known: list[Fetched | None] = []
        """What was in use, at each question."""
        self.fault: Exception | None = None
        """What is raised while it is set."""
        self.lease_s = lease_s
        self.constant = False
        self.ended: Callable[[], bool] | None = None
        self.before_answer: Callable[[], Awaitable[object]] = _nothing
        """Awaited between a question and its answer."""

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the secret. Raises SecretRefused, and `fault`."""
        self.known.append(known)
        self.asked.append(place)
        await self.before_answer()
        if self.fault is not None:
            raise self.fault
        name = place.path if place.version is None else f"{place.path}@{place.version}"
        if not self.secrets.get(name):
            raise SecretRefused(f"{place} is not known")
        value = self.secrets[name]
        return Fetched(
            value=Secret(value),
            version=sha256(value.encode()).hexdigest(),
            lease_s=self.lease_s,
            constant=self.constant,
            ended=self.ended,
        )


async def _nothing() -> None:
    pass


@dataclass
class Gate:
    """Holds answers back until it is opened."""

    def __post_init__(self) -> None:
        self.reached, self._open = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        """Tell that somebody waits, and wait."""
        self.reached.set()
        await self._open.wait()

    def open(self) -> None:
        """Let all through, now and later."""
        self._open.set()
