"""Secrets in Vault's key-value engine, version 2."""

import json
from functools import partial
from typing import Any

from trust.secret import Secret
from trust.secrets.reference import PREVIOUS, Reference
from trust.secrets.source import Fetched, SecretRefused
from trust.secrets.vault.answers import AnswerMalformed, inner, malformed, whole
from trust.secrets.vault.paths import Place, path_of
from trust.secrets.vault.session import VaultSession


class KvSource:
    """Versions of secrets that somebody wrote; they have no lease."""

    def __init__(self, session: VaultSession) -> None:
        self._session = session

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the newest version, or the one that is named, or the one before the newest.

        Raises SecretOutage, SecretRefused: a version that was deleted, also softly, is none.
        """
        del known  # it has no lease
        where = path_of(place)
        if place.version != PREVIOUS:
            return (await self._read(place, where, _number(place)))[1]
        newest, _ = await self._read(place, where, None)
        if newest == 1:
            raise SecretRefused(f"{place}: there is no version before the newest")
        return (await self._read(place, where, newest - 1))[1]

    async def _read(
        self, place: Reference, where: Place, number: int | None
    ) -> tuple[int, Fetched]:
        answer = await self._session.call(partial(_asked, where, number), place)
        try:
            found, fetched = _read(answer.value)
        except AnswerMalformed:
            raise malformed(place) from None
        if number not in (None, found):
            raise malformed(place)
        return found, fetched


def _asked(where: Place, number: int | None, client: Any) -> object:
    # hvac answers a deleted version as if it were there, unless it is told to raise.
    return client.secrets.kv.v2.read_secret_version(
        path=where.name, version=number, mount_point=where.mount, raise_on_deleted_version=True
    )


def _number(place: Reference) -> int | None:
    if place.version is None:
        return None
    # 0 would be the newest one, whichever that is.
    if not (place.version.isascii() and place.version.isdigit()) or int(place.version) < 1:
        raise SecretRefused(f"{place}: a version in Vault is a number from 1, or {PREVIOUS}")
    return int(place.version)


def _read(answer: object) -> tuple[int, Fetched]:
    """Read a version (KV version 2, "Read Secret Version"). Raises AnswerMalformed."""
    body = inner(answer, "data")
    contents, metadata = inner(body, "data"), inner(body, "metadata")
    number = whole(metadata, "version")
    # A secret that is destroyed with its history and written anew begins at 1 again: the number
    # alone would say that nothing has changed.
    version = f"{number} {metadata.get('created_time', '')}".strip()
    return number, Fetched(value=Secret(json.dumps(contents)), version=version)
