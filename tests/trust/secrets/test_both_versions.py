"""A secret of which the version before counts, too, and others who want the same secret."""

import asyncio
import json

import pytest

from contracts.secret_source import OTHER, VALUE
from fakes.secret_source import Gate, KnownSecrets
from fakes.secrets import secrets_of
from fakes.two_clocks import TwoClocks
from trust.secret import Secret
from trust.secrets.reference import PREVIOUS, Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import Fetched, SecretOutage

WHOLE = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc")
MEMBER = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc", key="client")
SECOND = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc", key="other")


@pytest.fixture
def clock() -> TwoClocks:
    return TwoClocks()


@pytest.fixture
def source() -> KnownSecrets:
    return KnownSecrets({"oidc": json.dumps({"client": VALUE, "other": OTHER})})


@pytest.fixture
def secrets(source: KnownSecrets, clock: TwoClocks) -> Secrets:
    return secrets_of({Scheme.SECRETS_MANAGER: source}, clock)


async def turns(count: int) -> None:
    """Let everything that can go on do so."""
    for _ in range(count):
        await asyncio.sleep(0)


def revealed_all(secrets: list[Secret]) -> list[str]:
    return [secret.reveal() for secret in secrets]


async def test_a_keyring_is_of_both_versions(secrets: Secrets, source: KnownSecrets) -> None:
    source.secrets[f"oidc@{PREVIOUS}"] = json.dumps({"client": "older"})

    kept = await secrets.keyring(MEMBER, revealed_all)
    again = await secrets.keyring(MEMBER, revealed_all)

    assert kept.current == again.current == [VALUE, "older"]
    assert len(source.asked) == 2


@pytest.mark.parametrize("watched_first", [True, False])
async def test_a_keyring_and_who_watches_it_are_served_by_one_fetch(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks, *, watched_first: bool
) -> None:
    told: list[Fetched | None] = []
    if watched_first:
        secrets.on_change(MEMBER, told.append)
    kept = await secrets.keyring(MEMBER, revealed_all)
    if not watched_first:
        secrets.on_change(MEMBER, told.append)
    told.clear()
    source.secrets[f"oidc@{PREVIOUS}"] = source.secrets["oidc"]
    source.secrets["oidc"] = json.dumps({"client": OTHER})
    clock.pass_(300)
    await secrets.tend()

    assert kept.current == [OTHER, VALUE]
    assert [found and found.value for found in told] == [Secret(source.secrets["oidc"])]
    # Each version once at the beginning, and once after its time.
    assert [place.version for place in source.asked] == [None, PREVIOUS] * 2


async def test_a_keyring_and_a_member_of_the_same_secret_are_fetched_together(
    secrets: Secrets, source: KnownSecrets
) -> None:
    kept, held = await asyncio.gather(secrets.keyring(MEMBER, revealed_all), secrets.get(SECOND))

    assert (kept.current, held.value) == ([VALUE], Secret(OTHER))
    assert len(source.asked) == 2


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_keyring_of_what_was_fetched_before_has_both_versions(
    secrets: Secrets, source: KnownSecrets, *, at_once: bool
) -> None:
    """Else what the one before has sealed would not open until the next look."""
    source.secrets[f"oidc@{PREVIOUS}"] = json.dumps({"client": "older"})
    source.before_answer = gate = Gate()
    getting = asyncio.ensure_future(secrets.get(MEMBER))
    await gate.reached.wait()
    if not at_once:
        gate.open()
        await getting
    opening = asyncio.gather(*(secrets.keyring(MEMBER, revealed_all) for _ in range(3)))
    await turns(5)
    gate.open()

    assert [kept.current for kept in await opening] == [[VALUE, "older"]] * 3
    assert (await getting).value == Secret(VALUE)
    assert [place.version for place in source.asked] == [None, None, PREVIOUS]


async def test_a_keyring_whose_older_version_cannot_be_asked_for_is_not_opened_without_it(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    await secrets.get(MEMBER)
    source.fault = SecretOutage("awssm:oidc: status 503")

    with pytest.raises(SecretOutage):
        await secrets.keyring(MEMBER, revealed_all)

    assert (await secrets.get(MEMBER)).value == Secret(VALUE)
    source.fault = None
    clock.pass_(1)
    assert (await secrets.keyring(MEMBER, revealed_all)).current == [VALUE]


async def test_a_keyring_is_tended_and_told_of_as_all_are(
    secrets: Secrets, source: KnownSecrets, clock: TwoClocks
) -> None:
    kept = await secrets.keyring(MEMBER, revealed_all)
    source.secrets[f"oidc@{PREVIOUS}"] = source.secrets["oidc"]
    source.secrets["oidc"] = json.dumps({"client": OTHER})
    clock.pass_(300)
    await secrets.tend()

    assert kept.current == [OTHER, VALUE]
    assert [health.reference for health in secrets.health()] == [WHOLE]
