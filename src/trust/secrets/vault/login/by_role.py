"""The one request by which all methods log in: who, as a role of the method's mount."""

from collections.abc import Mapping
from typing import cast

from trust.secret import Secret
from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.token import Auth, auth_of


async def log_in(http: VaultHttp, mount: str, proof: Mapping[str, str | Secret]) -> Auth:
    """Return the token for `proof`, the body of `auth/<mount>/login`.

    Raises SecretOutage, SecretRefused.
    """
    body = {
        name: value.reveal() if isinstance(value, Secret) else value
        for name, value in proof.items()
    }
    return await http.ask(
        lambda client: auth_of(
            cast(
                "object",
                client.adapter.login(f"/v1/auth/{mount}/login", use_token=False, json=body),
            )
        ),
        None,
        f"the login at auth/{mount}",
    )
