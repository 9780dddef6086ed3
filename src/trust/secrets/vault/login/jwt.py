"""Logging in by a signed statement of who we are: a JWT of the platform.

The same request for Vault's methods `jwt` and `kubernetes`; only where the JWT comes from differs.
"""

import re
from collections.abc import Callable
from pathlib import Path

from trust.secrets.spiffe.svid import SvidSource
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.by_role import log_in
from trust.secrets.vault.login.line import line_in
from trust.secrets.vault.token import Auth

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
"""Where Kubernetes puts a pod's token, unless its volume says otherwise."""

_JWT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
"""A signed JWT (RFC 7515 §3.1): three parts; one of `alg: none` lacks the third."""


class SvidLogin:
    """By a JWT-SVID, which the platform makes for us while we run."""

    method = "jwt-svid"

    def __init__(
        self, svids: Callable[[], SvidSource], *, mount: str, role: str, audience: str
    ) -> None:
        self._svids = svids
        self._mount = mount
        self._role = role
        self._audience = audience

    async def login(self, http: VaultHttp) -> Auth:
        """Return a token for our SPIFFE ID. Raises SecretOutage, SecretRefused."""
        svid = await self._svids().jwt_svid(self._audience)
        return await log_in(http, self._mount, {"role": self._role, "jwt": svid.token})


class FileLogin:
    """By a JWT in a file, which something beside the process keeps fresh.

    spiffe-helper writes one, and so does Kubernetes for a projected volume. It is read anew for
    each login: it changes long before the process ends.
    """

    def __init__(self, file: Path, *, method: str, mount: str, role: str) -> None:
        self.method = method
        self._file = file
        self._mount = mount
        self._role = role

    async def login(self, http: VaultHttp) -> Auth:
        """Return a token for whom the file names. Raises SecretOutage, SecretRefused."""
        jwt = line_in(self._file, _JWT, "a signed JWT")
        return await log_in(http, self._mount, {"role": self._role, "jwt": jwt})
