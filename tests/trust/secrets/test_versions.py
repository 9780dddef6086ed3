"""The newest version of a secret together with the one before."""

import pytest

from contracts.secret_source import OTHER, VALUE
from fakes.secret_source import KnownSecrets
from trust.secret import Secret
from trust.secrets.reference import PREVIOUS, Reference, Scheme
from trust.secrets.source import Fetched, SecretMalformed, SecretOutage, SecretRefused, Unfit
from trust.secrets.versions import BothVersions, versions

PLACE = Reference(scheme=Scheme.SECRETS_MANAGER, path="keyring")


def of(found: Fetched) -> list[str]:
    return [text.reveal() for text in versions(found)]


async def test_both_versions_come_newest_first() -> None:
    source = KnownSecrets({"keyring": OTHER, f"keyring@{PREVIOUS}": VALUE})

    assert of(await BothVersions(source).fetch(PLACE, None)) == [OTHER, VALUE]


async def test_the_newest_is_asked_for_first() -> None:
    source = KnownSecrets({"keyring": OTHER, f"keyring@{PREVIOUS}": VALUE})
    await BothVersions(source).fetch(PLACE, None)

    assert [place.version for place in source.asked] == [None, PREVIOUS]


async def test_a_secret_that_was_never_rotated_has_one() -> None:
    assert of(await BothVersions(KnownSecrets({"keyring": VALUE})).fetch(PLACE, None)) == [VALUE]


async def test_what_has_no_versions_is_asked_for_once() -> None:
    source = KnownSecrets({"KEYRING": VALUE})
    source.constant = True

    found = await BothVersions(source).fetch(Reference(scheme=Scheme.ENV, path="KEYRING"), None)

    assert of(found) == [VALUE]
    assert found.constant
    assert len(source.asked) == 1


async def test_a_rotation_is_another_version_of_both() -> None:
    source = KnownSecrets({"keyring": VALUE})
    first = await BothVersions(source).fetch(PLACE, None)
    source.secrets[f"keyring@{PREVIOUS}"] = VALUE
    second = await BothVersions(source).fetch(PLACE, first)

    assert first.version != second.version


async def test_both_last_as_long_as_the_shorter_lease() -> None:
    source = KnownSecrets({"keyring": OTHER, f"keyring@{PREVIOUS}": VALUE}, lease_s=60.0)

    assert (await BothVersions(source).fetch(PLACE, None)).lease_s == 60.0


async def test_both_end_when_one_of_them_does() -> None:
    ends: list[bool] = []
    source = KnownSecrets({"keyring": OTHER, f"keyring@{PREVIOUS}": VALUE})
    assert (await BothVersions(source).fetch(PLACE, None)).ended is None
    source.ended = lambda: bool(ends)
    ended = (await BothVersions(source).fetch(PLACE, None)).ended

    assert ended is not None
    assert not ended()
    ends.append(True)
    assert ended()


class Previous(KnownSecrets):
    """Fails where the version before is asked for."""

    def __init__(self, fault: Exception) -> None:
        super().__init__({"keyring": VALUE})
        self._older = fault

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the newest. Raises the fault for the one before."""
        if place.version is not None:
            raise self._older
        return await super().fetch(place, known)


@pytest.mark.parametrize("fault", [SecretRefused("deleted"), SecretMalformed("of bytes")])
async def test_an_older_version_that_opens_nothing_is_left_out(fault: Exception) -> None:
    assert of(await BothVersions(Previous(fault)).fetch(PLACE, None)) == [VALUE]


async def test_an_outage_of_the_older_one_loses_nothing() -> None:
    with pytest.raises(SecretOutage):
        await BothVersions(Previous(SecretOutage("status 503"))).fetch(PLACE, None)


async def test_neither_is_shown() -> None:
    source = KnownSecrets({"keyring": OTHER, f"keyring@{PREVIOUS}": VALUE})
    found = await BothVersions(source).fetch(PLACE, None)

    assert VALUE not in repr(found)
    assert OTHER not in repr(found)
    assert (found.value, found.older) == (Secret(OTHER), (Secret(VALUE),))


async def test_where_nobody_asked_for_the_older_one_that_is_not_to_say_that_there_is_none() -> None:
    found = await KnownSecrets({"keyring": VALUE}).fetch(PLACE, None)

    with pytest.raises(Unfit, match="not known"):
        versions(found)
