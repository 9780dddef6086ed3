"""Logging in as an AppRole whose secret id comes wrapped (Vault docs, "AppRole", pull mode).

Only the wrapper passes through whatever starts us, and opens once: who reads it there and uses it
is found out by our not being able to.
"""

import re
from pathlib import Path

from trust.secret import Secret
from trust.secrets.source import SecretRefused
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.by_role import log_in
from trust.secrets.vault.login.line import line_in
from trust.secrets.vault.token import Auth
from trust.secrets.vault.wrapping import Wrapper, WrapperRefused, text_in

_WRAPPING_TOKEN = re.compile(r"[\w.-]{8,512}", re.ASCII)


class WrappedRoleLogin:
    """By a role id and the secret id of a wrapper in a file."""

    method = "approle-wrapped"

    def __init__(
        self, file: Path, *, mount: str, role_id: str, role: str | None, namespace: str | None
    ) -> None:
        self._file = file
        self._mount = mount
        self._role_id = role_id
        name = "[^/]+" if role is None else re.escape(role)
        # Some servers name the namespace as well; another than ours is another's role.
        space = "" if namespace is None else f"(?:{re.escape(namespace.strip('/'))}/)?"
        self._made_at = re.compile(rf"{space}auth/{re.escape(mount)}/role/{name}/secret-id")
        self._wrapper: Wrapper | None = None
        self._secret_id: Secret | None = None
        self._refused = False
        self._alarm: str | None = None

    async def login(self, http: VaultHttp) -> Auth:
        """Return a token for the role. Raises SecretOutage, SecretRefused.

        After an alarm there is no other try: whoever has the wrapper's content has it.
        """
        if self._alarm is not None:
            raise SecretRefused(self._alarm)
        if self._secret_id is None or self._refused:
            await self._take_newer(http)
        proof: dict[str, str | Secret] = {
            "role_id": self._role_id,
            "secret_id": self._secret_id or Secret(""),
        }
        try:
            auth = await log_in(http, self._mount, proof)
        except SecretRefused:
            # The secret id may be over: by the next try, a new wrapper may lie there.
            self._refused = True
            raise
        self._refused = False
        return auth

    async def _take_newer(self, http: VaultHttp) -> None:
        """Open the file's wrapper, if it is not the one that was opened already."""
        try:
            token = line_in(self._file, _WRAPPING_TOKEN, "a wrapping token")
        except SecretRefused:
            if self._secret_id is None:
                raise
            # Who handed it over has tidied up.
            return
        if self._wrapper is None or self._wrapper.token != token:
            about = f"the wrapper in {self._file}"
            self._wrapper = Wrapper(token, made_at=self._made_at, about=about)
        elif self._secret_id is not None:
            return
        try:
            content = await self._wrapper.opened(http)
        except WrapperRefused as error:
            self._alarm = str(error)
            raise
        self._secret_id = text_in(content, "secret_id", f"the wrapper in {self._file}")
