"""The session keyring as a secret: rotated at its keeper while rows of both keys are about."""

import asyncio
import secrets

import pytest

from fakes.clock import StoppedClock
from fakes.secret_source import KnownSecrets
from fakes.secrets import secrets_of
from trust.seal.box import KeyUnknown
from trust.seal.keyring import KeyringMalformed, new_keyring, parse_keyring, rotated
from trust.secret import Secret
from trust.secrets.keyring import AGAIN_S, KeptKeyring, keyring_of
from trust.secrets.reference import PREVIOUS, Scheme, parse_reference
from trust.secrets.source import SecretOutage, SecretRefused

OLD = new_keyring(secrets.token_bytes)
NEW = rotated(OLD, secrets.token_bytes)
OTHER = new_keyring(secrets.token_bytes)
NEWEST_KID = parse_keyring(NEW).current


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def keeper() -> KnownSecrets:
    return KnownSecrets({"keys": OLD})


@pytest.fixture
async def keyring(keeper: KnownSecrets, clock: StoppedClock) -> KeptKeyring:
    kept = secrets_of({Scheme.SECRETS_MANAGER: keeper}, clock)
    return KeptKeyring(await kept.keyring(parse_reference("awssm:keys"), keyring_of))


def looks(keeper: KnownSecrets) -> int:
    return sum(place.version is None for place in keeper.asked)


async def test_a_key_that_was_added_elsewhere_is_found(
    keyring: KeptKeyring, keeper: KnownSecrets
) -> None:
    keeper.secrets["keys"] = NEW

    assert (await keyring.with_key(NEWEST_KID)).current == NEWEST_KID
    assert keyring.current.current == NEWEST_KID


async def test_many_who_lack_the_same_key_ask_once(
    keyring: KeptKeyring, keeper: KnownSecrets
) -> None:
    keeper.secrets["keys"] = NEW

    found = await asyncio.gather(*(keyring.with_key(NEWEST_KID) for _ in range(40)))

    assert {one.current for one in found} == {NEWEST_KID}
    assert looks(keeper) == 2


async def test_made_up_key_ids_do_not_flood_the_keeper(
    keyring: KeptKeyring, keeper: KnownSecrets, clock: StoppedClock
) -> None:
    for number in range(20):
        with pytest.raises(KeyUnknown):
            await keyring.with_key(f"made-up-{number}")
    assert looks(keeper) == 2

    clock.advance(AGAIN_S)
    with pytest.raises(KeyUnknown):
        await keyring.with_key("made-up")
    assert looks(keeper) == 3


async def test_a_known_key_asks_nobody(keyring: KeptKeyring, keeper: KnownSecrets) -> None:
    await keyring.with_key(keyring.current.current)

    assert looks(keeper) == 1


async def test_an_outage_makes_no_key_unknown(keyring: KeptKeyring, keeper: KnownSecrets) -> None:
    """Else whoever sealed a session with a newer key would be logged out by it."""
    keeper.fault = SecretOutage("awssm:keys: no answer")

    with pytest.raises(SecretOutage):
        await keyring.with_key(NEWEST_KID)


async def test_a_keyring_that_was_taken_away_opens_nothing_any_more(
    keyring: KeptKeyring, keeper: KnownSecrets
) -> None:
    keeper.fault = SecretRefused("awssm:keys: denied")
    with pytest.raises(SecretRefused):
        await keyring.with_key(NEWEST_KID)

    with pytest.raises(SecretRefused):
        _ = keyring.current


async def test_what_the_version_before_sealed_still_opens(
    keeper: KnownSecrets, clock: StoppedClock
) -> None:
    """A rotation that replaces the whole keyring, as a rotation function may, logs nobody out."""
    keeper.secrets = {"keys": OTHER, f"keys@{PREVIOUS}": OLD}
    kept = secrets_of({Scheme.SECRETS_MANAGER: keeper}, clock)

    keyring = KeptKeyring(await kept.keyring(parse_reference("awssm:keys"), keyring_of)).current

    other, old = parse_keyring(OTHER), parse_keyring(OLD)
    assert keyring.current == other.current
    assert keyring.naming == other.naming
    assert keyring.sealing == {**other.sealing, **old.sealing}


def test_a_key_of_one_name_is_the_newest_version_s() -> None:
    forged = OTHER.replace(parse_keyring(OTHER).current, parse_keyring(OLD).current)

    merged = keyring_of([Secret(OLD), Secret(forged)])

    assert merged.sealing == parse_keyring(OLD).sealing


def test_a_version_before_that_is_no_keyring_changes_nothing() -> None:
    assert keyring_of([Secret(OLD), Secret("s3cret")]) == parse_keyring(OLD)


def test_a_newest_version_that_is_no_keyring_is_refused_whatever_was_before() -> None:
    with pytest.raises(KeyringMalformed):
        keyring_of([Secret("s3cret"), Secret(OLD)])
