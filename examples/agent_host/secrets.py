"""The agent's own secrets: had by its own identity, for as long as a block of code lasts.

What a block has had is given back at its end: the login, the leases, and all that this process
knew. Between two blocks there is nothing here to steal.

What Python cannot promise: an HTTP client keeps what it sent until Python's collector comes by,
and a text is not overwritten when nobody needs it any more. Its memory is free for other use, and
until it is used, whoever reads all memory of the process may find it (SECURITY.md). So a block is
as short as what it is for, and credentials that end by themselves are better than forgotten ones.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from agent_host.log import event
from agent_host.secret_settings import ABSENT, AgentSecrets

try:
    from trust.clock import SystemClock
    from trust.secret import Secret
    from trust.secrets.kept import Kept
    from trust.secrets.opening import open_keepers
    from trust.secrets.secrets import Secrets
    from trust.secrets.source import SecretUnavailable
    from trust.secrets.tending import Tending
except ImportError as error:
    # A package of AgentCore holds what lies below examples/ alone; the settings say so.
    raise ImportError(ABSENT) from error


class SecretMissing(Exception):
    """A secret cannot be had now; the message names it, and nothing of what it is."""


class Held:
    """Secrets by name, as long as their block lasts; in a long one they are renewed."""

    def __init__(self) -> None:
        """Nothing is held yet."""
        self._kept: dict[str, Kept[Secret]] = {}

    def __getitem__(self, name: str) -> Secret:
        """Return a secret as it is now, so ask again for each use. Raises SecretMissing."""
        if name not in self._kept:
            raise SecretMissing(f"{name} is not held: its block is over, or did not ask for it")
        try:
            return self._kept[name].current
        except SecretUnavailable as error:
            raise _missing(name, error) from None

    async def refused(self, name: str) -> bool:
        """Ask its keeper for another one, since this one opens nothing; tell if there is one.

        At most every 30 s: who refuses us without end must not make us flood the keeper. Raises
        SecretMissing.
        """
        if name not in self._kept:
            raise SecretMissing(f"{name} is not held: its block is over, or did not ask for it")
        try:
            return await self._kept[name].newer()
        except SecretUnavailable as error:
            raise _missing(name, error) from None

    async def hold(self, name: str, secrets: Secrets, place: AgentSecrets) -> None:
        """Hold one more. Raises SecretMissing."""
        try:
            self._kept[name] = await secrets.keep(place.references[name], lambda secret: secret)
        except SecretUnavailable as error:
            raise _missing(name, error) from None

    def drop(self) -> None:
        """Hold nothing any more."""
        self._kept.clear()


@asynccontextmanager
async def held(places: AgentSecrets | None, *names: str) -> AsyncGenerator[Held]:
    """Hold the secrets of these names inside of the block. Raises SecretMissing."""
    absent = [name for name in names if places is None or name not in places.references]
    if places is None or absent:
        raise SecretMissing(f"AGENT_SECRET_{'/'.join(absent).upper()} is not set")
    keepers = open_keepers(places.settings, places.environment, SystemClock())
    tending, values = Tending(keepers.secrets), Held()
    try:
        holding = (values.hold(name, keepers.secrets, places) for name in names)
        # All to their end: what comes after the first failure has to be dropped, too.
        for ended in await asyncio.gather(*holding, return_exceptions=True):
            if ended is not None:
                raise ended
        tending.begin()
        yield values
    finally:
        values.drop()
        try:
            await tending.close()
        finally:
            # Forgets it at once, and not whenever Python next looks for what nobody needs.
            await keepers.close()


def _missing(name: str, error: Exception) -> SecretMissing:
    # Written down here: who uses a secret only goes on without it.
    event("secret.missing", secret=name, error=type(error).__name__)
    return SecretMissing(f"{name}: {type(error).__name__}")
