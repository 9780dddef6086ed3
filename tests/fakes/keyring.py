"""A keyring that is read again, without any keeper's bounds around it."""

import asyncio
from collections.abc import Awaitable, Callable

from trust.seal.box import KeyUnknown
from trust.seal.keyring import Keyring

RELOAD_EVERY_S = 5.0
"""An unknown key id makes it read the keyring again at most this often."""


class ReloadedKeyring:
    """The keyring in use; asks for a newer one when a row names a key that it lacks."""

    def __init__(self, keyring: Keyring, reload: Callable[[], Awaitable[Keyring]]) -> None:
        self.current = keyring
        self._reload = reload
        self._reloading = asyncio.Lock()
        self._reloaded_at: float | None = None

    async def with_key(self, kid: str) -> Keyring:
        """Return a keyring that has `kid`. Raises KeyUnknown.

        Another instance may already seal with a key that was added after this one started.
        """
        if kid not in self.current.sealing:
            async with self._reloading:
                # Looked at again: somebody may have fetched it while we waited.
                if kid not in self.current.sealing and self._may_reload():
                    self.current = await self._reload()
        if kid not in self.current.sealing:
            raise KeyUnknown(f"no key {kid!r} in the keyring")
        return self.current

    def _may_reload(self) -> bool:
        """Tell whether the keyring may be asked for again: made-up key ids must not flood it."""
        now = asyncio.get_running_loop().time()
        due = self._reloaded_at is None or now - self._reloaded_at >= RELOAD_EVERY_S
        self._reloaded_at = now if due else self._reloaded_at
        return due
