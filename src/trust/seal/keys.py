"""The port of the keyring: what seals and opens rows, wherever its keys come from."""

from typing import Protocol

from trust.seal.keyring import Keyring


class KeyringSource(Protocol):
    """The keyring in use."""

    @property
    def current(self) -> Keyring:
        """The keyring. May raise SecretUnavailable."""
        ...

    async def with_key(self, kid: str) -> Keyring:
        """Return a keyring that has `kid`. Raises KeyUnknown; may raise SecretUnavailable."""
        ...
