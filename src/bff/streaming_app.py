"""The streaming path as an application of its own, behind the same front as everything else."""

import asyncio
import dataclasses
from collections.abc import Mapping
from datetime import timedelta

from starlette.types import Receive, Scope, Send

from bff.client_address import CLIENT_ADDRESS
from bff.credentials import KEYRING, fetched, keyring_in
from bff.errors import NotFound
from bff.front import Front
from bff.late_endpoint import LateEndpoint
from bff.settings import Settings, load_settings
from bff.streaming_path import Ground, StreamingPath, lay_ground, open_path
from proxy.app import is_invocation
from trust.clock import SystemClock
from trust.errors import TrustError
from trust.limit.limits import counted
from trust.secrets.opening import open_keepers


class Streaming:
    """Answers invocations, and nothing else; opened by the first of them."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = environment
        self._opening = asyncio.Lock()
        self._path: StreamingPath | None = None
        self._endpoint: LateEndpoint | None = None
        self._front = Front(
            self._dispatch,
            public_origin=settings.public_url,
            trusted_proxies=settings.trusted_proxies or (),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request."""
        await self._front(scope, receive, send)

    async def path(self) -> StreamingPath:
        """Return the ports, opened at the first asking. Raises SettingsError, SecretOutage."""
        async with self._opening:
            if self._path is None:
                ground = await self._ground()
                self._endpoint = LateEndpoint(ground)
                self._path = open_path(ground, self._endpoint, stays=False)
            return self._path

    async def _ground(self) -> Ground:
        keepers = open_keepers(self._settings.keepers, self._environment, SystemClock())
        try:
            (keys,) = await fetched({KEYRING: keyring_in(keepers.secrets, self._settings)})
        except TrustError:
            # The next invocation tries again, with others; what these hold at Vault is given back.
            await keepers.close()
            raise
        return lay_ground(self._settings, self._environment, keepers, keys)

    async def close(self) -> None:
        """Give back what is open. Lambda never asks for it."""
        if self._path is not None:
            await self._path.close()
        if self._endpoint is not None:
            await self._endpoint.close()

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_invocation(scope["path"]):
            raise NotFound(scope["path"])
        path = await self.path()
        # Nobody looks after them between two events, in which an hour may lie.
        await path.secrets.tend()
        await counted(path.limits.address_call(scope[CLIENT_ADDRESS]))
        await path.proxy(scope, receive, send)


def create_streaming(environment: Mapping[str, str]) -> Streaming:
    """Return the application of this configuration; nothing is opened yet. Raises SettingsError.

    Sessions are not remembered between requests: by the clock of a sandbox that was frozen, a
    second may be an hour, and so long would a logout elsewhere go unseen.
    """
    settings = dataclasses.replace(load_settings(environment), session_cache=timedelta())
    return Streaming(settings, environment)
