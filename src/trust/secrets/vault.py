"""Secrets in HashiCorp Vault's key-value engine, version 2."""

import asyncio
from typing import Any

import hvac
import requests
from hvac.exceptions import VaultError
from requests.exceptions import InvalidHeader

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import SecretSource, SecretUnavailable, text_member

TIMEOUT_S = 5
"""How long one request may take."""


class VaultSource:
    """Reads with a token that something beside the process obtained (agent, proxy, developer).

    The token is itself a reference, read anew each time: an agent's sink file changes.
    """

    def __init__(self, *, address: str, token: Reference, tokens: SecretSource) -> None:
        self._address = address
        self._token = token
        self._tokens = tokens

    async def read(self, reference: Reference) -> Secret:
        """Return the member `#key` of the newest version. Raises SecretUnavailable."""
        mount, _, path = reference.path.partition("/")
        try:
            token = await self._tokens.read(self._token)
            data = await asyncio.to_thread(self._data, mount, path, token)
            return text_member(data, reference)
        except (InvalidHeader, UnicodeEncodeError):
            # Their text quotes the token, so not even as a cause.
            raise SecretUnavailable("the token for Vault is no text for a header") from None
        except (VaultError, requests.RequestException, KeyError, TypeError) as error:
            where = f"vault-kv:{reference.path}#{reference.key}"
            raise SecretUnavailable(f"{where}: {type(error).__name__}") from error

    def _data(self, mount: str, path: str, token: Secret) -> dict[str, Any]:
        # hvac blocks, so this runs in a thread; a client is cheap and is made for each read.
        client: Any = hvac.Client(url=self._address, token=token.reveal(), timeout=TIMEOUT_S)
        answer = client.secrets.kv.v2.read_secret_version(
            path=path, mount_point=mount, raise_on_deleted_version=True
        )
        contents: dict[str, Any] = answer["data"]["data"]
        return contents
