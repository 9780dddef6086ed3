"""A credential of ours where it is kept: one that was rotated there is picked up here."""

from typing import Protocol

from bff.provider.client_auth import Proof
from trust.secret import Secret
from trust.secrets.kept import Kept
from trust.secrets.source import SecretUnavailable


class Credential(Protocol):
    """What proves us at a provider, now."""

    async def current(self) -> Proof:
        """Return the credential. Raises SecretOutage, SecretRefused."""
        ...

    async def replaces(self, refused: Proof) -> bool:
        """Tell whether there is another one than that which the provider has just refused."""
        ...

    def close(self) -> None:
        """Let go of it: the provider is not ours any more, or another one by now."""
        ...


class KeptCredential:
    """A secret, looked at again as its bounds say, and when the provider refuses it."""

    def __init__(self, kept: Kept[Secret]) -> None:
        self._kept = kept

    async def current(self) -> Secret:
        """Return the secret. Raises SecretOutage, SecretRefused."""
        return await self._kept.open()

    async def replaces(self, refused: Proof) -> bool:
        """Tell whether there is another one; its keeper is asked, but not at every refusal."""
        try:
            if await self.current() == refused:
                await self._kept.newer()
            return await self.current() != refused
        except SecretUnavailable:
            # The provider's refusal is what counts; the fault was written down at the look.
            return False

    def close(self) -> None:
        """Expect nothing of its next versions."""
        self._kept.close()


class FixedCredential:
    """One that stays as it is here: its keeper changes it, or nobody does."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof

    async def current(self) -> Proof:
        """Return it."""
        return self._proof

    async def replaces(self, refused: Proof) -> bool:
        """Tell that there is no other."""
        return refused is not self._proof

    def close(self) -> None:
        """Do nothing: it is not kept here."""
