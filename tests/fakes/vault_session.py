"""Parts of a session at Vault, for tests of the others."""

import traceback
from collections.abc import Callable
from typing import Any

import hvac
import pytest

from fakes.scripted_vault import ROOT
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SecretUnavailable
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.login.by_role import log_in
from trust.secrets.vault.login.port import Login
from trust.secrets.vault.session import VaultSession
from trust.secrets.vault.token import Auth

THERE = Reference(scheme=Scheme.VAULT_KV, path="secret/a", key="a")
_ROOT = Secret(ROOT)


def read(client: hvac.Client) -> Any:
    """Read what any token may read."""
    return client.adapter.get("/v1/secret/data/a")["data"]["data"]


class ByName:
    """Logs in by saying so."""

    method = "by-name"

    async def login(self, http: VaultHttp) -> Auth:
        """Return a token."""
        return await log_in(http, "jwt", {"role": "gatehouse"})


class Given:
    """Logs in by having been given something."""

    method = "given"

    def __init__(self, token: Auth) -> None:
        self.token = token

    async def login(self, http: VaultHttp) -> Auth:
        """Return it."""
        del http
        return self.token


Opened = Callable[[Login], VaultSession]
"""Opens a session by a way to log in."""


def http_at(url: str, **options: Any) -> VaultHttp:
    """Return the way to a Vault."""
    settings: dict[str, Any] = {"namespace": None, "ca_file": None, "timeout_s": 5.0, **options}
    return VaultHttp(address=url, **settings)


async def failed(http: VaultHttp, token: Secret | None = _ROOT) -> SecretUnavailable:
    """Read, which must fail; return how, after a look at what is said of it."""
    with pytest.raises(SecretUnavailable) as failure:
        await http.ask(read, token, THERE)
    said = "".join(traceback.format_exception(failure.value))
    assert "vault-kv:secret/a#a" in str(failure.value)
    assert "hvs." not in said
    assert "correct-horse" not in said
    assert failure.value.__cause__ is failure.value.__context__ is None
    return failure.value
