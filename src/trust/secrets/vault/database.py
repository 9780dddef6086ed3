"""Credentials that Vault's database engine makes, each for one holder of a lease."""

from functools import partial
from typing import Any

from trust import log
from trust.secrets.reference import Reference
from trust.secrets.source import Fetched
from trust.secrets.vault.answers import inner, texts
from trust.secrets.vault.failures import Unable
from trust.secrets.vault.leases import Leases
from trust.secrets.vault.paths import Place, named


class DatabaseSource:
    """A user of the database, made for us and dropped when its lease ends."""

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return `{"username", "password"}`: those in use for longer, or others.

        Raises SecretOutage, SecretRefused.
        """
        asking = partial(_asked, named(place))
        extended = None if known is None else await self._extended(place, known)
        return extended or await self._leases.issued(place, asking, _read, instead_of=known)

    async def _extended(self, place: Reference, known: Fetched) -> Fetched | None:
        try:
            return await self._leases.extended(place, known)
        except Unable as error:
            # As where somebody has dropped the user by hand. Others can be made, perhaps; to wait
            # for the lease's end with that would be an outage at each of them.
            log.fault("secrets.lease_not_extended", error)
            return None


def _asked(role: Place, client: Any) -> object:
    return client.secrets.database.generate_credentials(name=role.name, mount_point=role.mount)


def _read(answer: object) -> dict[str, str]:
    return texts(inner(answer, "data"), "username", "password")
