"""The port behind every way to log in at Vault."""

from typing import Protocol

from trust.secrets.vault.http import VaultHttp
from trust.secrets.vault.token import Auth


class Login(Protocol):
    """One way to prove to Vault who this process is; where it fails, no other is tried."""

    @property
    def method(self) -> str:
        """Its name, as BFF_VAULT_AUTH has it."""
        ...

    async def login(self, http: VaultHttp) -> Auth:
        """Return a new token. Raises SecretOutage, SecretRefused."""
        ...
