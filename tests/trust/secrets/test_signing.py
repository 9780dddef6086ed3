"""Keys that sign where they are."""

import asyncio
import json
from collections.abc import Callable

import pytest

from contracts.secret_source import (
    VALUE,
    SigningSourceContract,
    shown,
    signing_input,
    verified,
)
from fakes.clock import StoppedClock
from fakes.secrets import secrets_of
from fakes.signing_source import KnownKeys
from trust.secret import Secret
from trust.secrets import signing as module
from trust.secrets.cell import State
from trust.secrets.reference import Reference, Scheme
from trust.secrets.secrets import Secrets
from trust.secrets.source import (
    Algorithm,
    Fetched,
    SecretMalformed,
    SecretOutage,
    SecretRefused,
    Signer,
)

KEY = Reference(scheme=Scheme.VAULT_TRANSIT, path="transit/client")


@pytest.fixture
def keys() -> KnownKeys:
    return KnownKeys(KEY.path)


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def secrets(keys: KnownKeys, clock: StoppedClock) -> Secrets:
    return secrets_of({}, clock, {Scheme.VAULT_TRANSIT: keys})


@pytest.fixture
async def signer(secrets: Secrets) -> Signer:
    return await secrets.signer(KEY)


class TestKnownKeys(SigningSourceContract):
    @pytest.fixture
    def signing(self, keys: KnownKeys) -> KnownKeys:
        return keys

    @pytest.fixture
    def key(self) -> Reference:
        return KEY

    @pytest.fixture
    def disable(self, keys: KnownKeys) -> Callable[[], object]:
        return keys.disable


async def test_a_signer_signs_by_the_key_whose_id_it_tells(signer: Signer, keys: KnownKeys) -> None:
    assert signer.algorithm is Algorithm.ES256
    assert signer.key_id == keys.newest == signer.public_jwk["kid"]

    public = await keys.fetch(KEY, None)
    message = signing_input(public)
    assert verified(public, message, await signer.sign(message))


async def test_a_signer_is_opened_once(secrets: Secrets, keys: KnownKeys, signer: Signer) -> None:
    assert await secrets.signer(KEY) is signer
    assert len(keys.asked) == 1


async def test_signing_by_an_id_that_was_just_read_survives_a_rotation(
    signer: Signer, keys: KnownKeys
) -> None:
    before = await keys.fetch(KEY, None)
    assert signer.key_id == before.version
    keys.rotate()

    assert verified(before, signing_input(before), await signer.sign(signing_input(before)))


async def test_a_rotation_is_found_at_the_next_look(
    secrets: Secrets, keys: KnownKeys, clock: StoppedClock, signer: Signer
) -> None:
    keys.rotate()
    clock.advance(300)
    assert await secrets.signer(KEY) is signer

    assert signer.key_id == keys.newest


async def test_a_disabled_key_is_forgotten_at_once(
    secrets: Secrets, keys: KnownKeys, signer: Signer
) -> None:
    keys.disable()

    with pytest.raises(SecretRefused, match="disabled"):
        await signer.sign(b"message")
    with pytest.raises(SecretRefused, match="disabled"):
        _ = signer.public_jwk
    assert [health.fault for health in secrets.health()] == ["SecretRefused"]


async def test_a_version_that_was_taken_back_is_followed_by_the_one_that_signs(
    keys: KnownKeys, clock: StoppedClock, signer: Signer
) -> None:
    keys.disable()
    kid = keys.rotate()
    with pytest.raises(SecretRefused):
        await signer.sign(b"message")
    clock.advance(1)

    assert await signer.sign(b"message")
    assert signer.key_id == kid


async def test_an_outage_leaves_the_public_key_known(signer: Signer, keys: KnownKeys) -> None:
    keys.fault = SecretOutage("vault-transit:transit/client: status 503")

    with pytest.raises(SecretOutage, match="503"):
        await signer.sign(b"message")
    assert signer.key_id == keys.newest


async def test_what_nobody_expected_of_a_keeper_is_an_outage_by_its_class(
    signer: Signer, keys: KnownKeys
) -> None:
    keys.fault = RuntimeError(VALUE)

    with pytest.raises(SecretOutage, match="no signature, RuntimeError") as outage:
        await signer.sign(b"message")
    assert VALUE not in shown(outage.value)


class Hanging(KnownKeys):
    """Gives its public key, and does not come to sign."""

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Wait for ever."""
        del place, key, message
        await asyncio.Event().wait()
        return b""


async def test_a_keeper_that_hangs_is_an_outage(
    clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    signer = await secrets_of({}, clock, {Scheme.VAULT_TRANSIT: Hanging(KEY.path)}).signer(KEY)
    monkeypatch.setattr(module, "FETCH_S", 0.0)

    with pytest.raises(SecretOutage, match="TimeoutError"):
        await signer.sign(b"message")


class Wrong(KnownKeys):
    """Gives what is no public key."""

    def __init__(self, text: str) -> None:
        super().__init__(KEY.path)
        self._text = text

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return it."""
        del place, known
        return Fetched(value=Secret(self._text), version="1")


PUBLIC = {"kty": "EC", "kid": "k", "alg": "ES256", "crv": "P-256", "x": VALUE, "y": VALUE}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(VALUE, id="no-json"),
        pytest.param(json.dumps([VALUE]), id="list"),
        pytest.param(json.dumps({**PUBLIC, "alg": "HS256"}), id="symmetric"),
        pytest.param(json.dumps({**PUBLIC, "alg": "none"}), id="none"),
        pytest.param(json.dumps({**PUBLIC, "alg": [VALUE]}), id="no-algorithm"),
        pytest.param(json.dumps({**PUBLIC, "kid": ""}), id="no-kid"),
        pytest.param(json.dumps({**PUBLIC, "d": VALUE}), id="private"),
    ],
)
async def test_what_is_no_public_key_that_signs_is_malformed(
    clock: StoppedClock, text: str
) -> None:
    secrets = secrets_of({}, clock, {Scheme.VAULT_TRANSIT: Wrong(text)})

    with pytest.raises(SecretMalformed, match="none that signs RS256 or ES256") as malformed:
        await secrets.signer(KEY)
    assert VALUE not in shown(malformed.value)


async def test_a_key_is_watched_whether_or_not_it_was_opened_before(
    secrets: Secrets, keys: KnownKeys
) -> None:
    told: list[Fetched | None] = []
    secrets.on_change(KEY, told.append)
    await secrets.signer(KEY)

    assert [found and found.version for found in told] == [keys.newest]


class Busy(KnownKeys):
    """Takes its time: several signatures are under way at once."""

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign, later."""
        await asyncio.sleep(0)
        return await super().sign(place, key, message)


async def test_a_moment_s_failure_of_many_at_once_is_a_short_pause(clock: StoppedClock) -> None:
    keys = Busy(KEY.path)
    signer = await secrets_of({}, clock, {Scheme.VAULT_TRANSIT: keys}).signer(KEY)
    keys.fault = SecretOutage("vault-transit:transit/client: throttled")
    found = await asyncio.gather(
        *(signer.sign(b"message") for _ in range(20)), return_exceptions=True
    )
    assert {type(each) for each in found} == {SecretOutage}

    clock.advance(1)
    keys.fault = None
    assert await signer.sign(b"message")


async def test_a_failure_of_long_ago_says_nothing_of_now(
    secrets: Secrets, signer: Signer, keys: KnownKeys, clock: StoppedClock
) -> None:
    """One throttled signature at night, and no login until the morning."""
    keys.fault = SecretOutage("vault-transit:transit/client: throttled")
    with pytest.raises(SecretOutage):
        await signer.sign(b"message")
    assert [health.state for health in secrets.health()] == [State.STALE]

    clock.advance(299)
    assert [health.failures for health in secrets.health()] == [1]
    clock.advance(1)
    assert [health.failures for health in secrets.health()] == [0]
