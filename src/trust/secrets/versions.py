"""The newest version of a secret together with the one before, for what is verified or opened.

What another process sealed, or somebody signed, a moment before a rotation has to open after it.
"""

import json
from collections.abc import Callable
from dataclasses import replace

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import Fetched, SecretMalformed, SecretRefused, Source, Unfit


class BothVersions:
    """A source of two versions at once; a secret that was never rotated has only one."""

    def __init__(self, source: Source) -> None:
        self._source = source

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the newest, with the older one beside it. Raises SecretOutage, SecretRefused.

        The newest is asked for first: of a rotation between the two, one version is then seen twice
        and the newest at the next look, where the other way round the middle one would be missing.
        """
        del known  # it is two values in one, which the source would not know again
        newest = await self._source.fetch(place, None)
        before = await self._before(place)
        both = [newest] if before is None else [newest, before]
        leases = [each.lease_s for each in both if each.lease_s is not None]
        return replace(
            newest,
            older=() if before is None else (before.value,),
            version=json.dumps([each.version for each in both]),
            lease_s=min(leases, default=None),
            constant=all(each.constant for each in both),
            ended=_any_of([each.ended for each in both if each.ended is not None]),
        )

    async def _before(self, place: Reference) -> Fetched | None:
        if place.before is None:
            return None
        try:
            return await self._source.fetch(place.before, None)
        except (SecretRefused, SecretMalformed):
            # There is none that opens anything. An outage is another matter: what it would open
            # must not be lost.
            return None


def _any_of(ends: list[Callable[[], bool]]) -> Callable[[], bool] | None:
    return (lambda: any(ended() for ended in ends)) if ends else None


def versions(found: Fetched) -> list[Secret]:
    """Return the versions, newest first. Raises Unfit where the older one was not asked for.

    Then it is not known, which is not to say that there is none.
    """
    if found.older is None:
        raise Unfit("the version before it is not known")
    return [found.value, *found.older]
