"""The session keyring as a secret: both of its versions open, the newest seals."""

from trust.seal.box import KeyUnknown
from trust.seal.keyring import Keyring, KeyringMalformed, merged, parse_keyring
from trust.secret import Secret
from trust.secrets.kept import Kept
from trust.secrets.source import Unfit

AGAIN_S = 5.0
"""An unknown key id makes the process ask for the keyring again at most this often."""


class KeptKeyring:
    """The keyring in use; asks for a newer one when a row names a key that it lacks."""

    def __init__(self, kept: Kept[Keyring]) -> None:
        self._kept = kept

    @property
    def current(self) -> Keyring:
        """The keyring. Raises SecretOutage, SecretRefused where there is none any more."""
        return self._kept.current

    async def with_key(self, kid: str) -> Keyring:
        """Return a keyring that has `kid`. Raises KeyUnknown, SecretOutage, SecretRefused.

        Another instance may already seal with a key that was added after this one started. Made-up
        key ids must not flood the keyring's keeper; and where that cannot be asked, a key that is
        unknown here may well be known there: nobody is logged out by an outage.
        """
        if kid not in self.current.sealing:
            await self._kept.newer(AGAIN_S)
        if kid in self.current.sealing:
            return self.current
        if self._kept.fault is not None:
            raise self._kept.fault.anew()
        raise KeyUnknown(f"no key {kid!r} in the keyring")


class KeyringUnfit(KeyringMalformed, Unfit):
    """The secret is no keyring; says what is missing, and quotes nothing."""


def keyring_of(versions: list[Secret]) -> Keyring:
    """Read the newest version, and take the older one's keys for opening. Raises KeyringUnfit.

    An older one that is no keyring opens nothing; that does not make the newest worse.
    """
    newest, *older = [version.reveal() for version in versions]
    try:
        keyring = parse_keyring(newest)
    except KeyringMalformed as error:
        raise KeyringUnfit(str(error)) from None
    for text in older:
        try:
            keyring = merged(keyring, parse_keyring(text))
        except KeyringMalformed:
            continue
    return keyring
