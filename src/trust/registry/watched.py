"""The registry's file while the process runs: read again when it has changed."""

import asyncio
from pathlib import Path

from trust import log
from trust.clock import Clock
from trust.errors import SettingsError
from trust.registry.file import FileRegistry, load_registry
from trust.registry.members import Terms
from trust.remembered import Remembered

LOOK_EVERY_S = 1.0
"""The file is looked at no more often, and a change is seen no later."""

LOOK_TIMEOUT_S = 2.0
"""A file system that hangs holds a request up for so long."""

_Sign = tuple[int, int, int, int]


class WatchedFile:
    """Holds the last reading of the file that was good.

    A file that is broken in between, as while somebody edits it, changes nothing and says so once.
    """

    def __init__(self, path: Path, clock: Clock, *, terms: Terms) -> None:
        """Read the file for the first time. Raises SettingsError."""
        self._path = path
        self._terms = terms
        # Before it is read: what is written in between is then seen as a change.
        self._sign = _sign(path)
        self._current = load_registry(path, terms)
        self._looks = Remembered[str, None](clock, LOOK_EVERY_S)
        self._one_at_a_time = asyncio.Lock()

    async def current(self) -> FileRegistry:
        """Return what the file says, or last said without a fault."""
        await self._looks.answer("", self._look)
        return self._current

    async def _look(self) -> None:
        async with self._one_at_a_time:
            try:
                async with asyncio.timeout(LOOK_TIMEOUT_S):
                    await self._read_if_changed()
            except (SettingsError, TimeoutError) as error:
                log.fault("registry.stale", error, file=str(self._path))

    async def _read_if_changed(self) -> None:
        sign = await asyncio.to_thread(_sign, self._path)
        if sign == self._sign:
            return
        try:
            self._current = await asyncio.to_thread(load_registry, self._path, self._terms)
        except SettingsError:
            # Told now, and not again before the file is written again.
            self._sign = sign
            raise
        self._sign = sign
        log.event("registry.reloaded", file=str(self._path))


def _sign(path: Path) -> _Sign | None:
    """Return what changes when the file does; None if it cannot be looked at.

    Not the time of writing alone: a copy may bring an old one along (`cp -p`), and a mounted
    folder is exchanged as a whole.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
