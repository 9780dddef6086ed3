"""Keys that cannot sign, though their public halves can be had: no flood, and not told as well."""

import asyncio
import json

import pytest

from fakes.a_day.worse import Worse, a_worse_day
from fakes.cells import PLACE
from fakes.clock import StoppedClock
from fakes.secrets import secrets_of
from trust.secret import Secret
from trust.secrets.cell import State
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import Fetched, SecretOutage, SecretRefused, SecretUnavailable

TRANSIT = Reference(scheme=Scheme.VAULT_TRANSIT, path="transit/client")
SIGN = "transit/sign"


@pytest.mark.parametrize("status", [500, 403])
def test_a_key_that_does_not_sign_is_not_asked_for_every_signature(status: int) -> None:
    counts, keeper = a_worse_day(
        Worse(places=[TRANSIT], hours=0.5, requests_per_hour=600),
        [
            (300, lambda keeper: keeper.order(path=SIGN, status=status)),
            (1200, lambda keeper: keeper.heal()),
        ],
    )

    assert counts.forbidden == {}
    assert counts.unavailable > 50
    assert len(keeper.asked(SIGN, least_status=400)) < 0.3 * counts.unavailable
    # All is well again a minute after the key signs.
    assert counts.served > 100


class Key:
    """A key whose public half can be had at any time."""

    def __init__(self) -> None:
        self.signatures = 0
        self.fault: Exception | None = None

    async def fetch(self, place: Reference, known: Fetched | None) -> Fetched:
        """Return the public half."""
        del place, known
        jwk = {"kty": "EC", "alg": "ES256", "kid": "one"}
        return Fetched(value=Secret(json.dumps(jwk)), version="one")

    async def sign(self, place: Reference, key: Fetched, message: bytes) -> bytes:
        """Sign, or raise `fault`."""
        del place, key
        self.signatures += 1
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        return b"signed: " + message


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (SecretOutage(f"{PLACE}: status 503"), State.STALE),
        (SecretRefused(f"{PLACE}: denied"), State.ABSENT),
    ],
)
async def test_a_key_that_does_not_sign_is_not_told_as_well(
    fault: SecretUnavailable, state: State
) -> None:
    key = Key()
    secrets = secrets_of({}, StoppedClock(), {Scheme.VAULT_TRANSIT: key})
    signer = await secrets.signer(TRANSIT)
    await signer.sign(b"one")
    key.fault = fault
    for _ in range(3):
        with pytest.raises(type(fault)):
            await signer.sign(b"two")

    [health] = secrets.health()
    assert health.state is state
    assert health.failures > 0
    assert health.fault == type(fault).__name__


async def test_a_key_that_signs_again_is_well_again() -> None:
    key, clock = Key(), StoppedClock()
    secrets = secrets_of({}, clock, {Scheme.VAULT_TRANSIT: key})
    signer = await secrets.signer(TRANSIT)
    key.fault = SecretOutage(f"{PLACE}: status 503")
    with pytest.raises(SecretOutage):
        await signer.sign(b"two")
    key.fault = None
    clock.advance(2)

    assert await signer.sign(b"three") == b"signed: three"
    assert secrets.health()[0].state is State.FRESH


async def test_a_key_that_was_refused_is_not_told_as_absent_until_somebody_signs() -> None:
    """Who is not ready gets no requests, and so signs nothing: it would never be ready again."""
    key, clock = Key(), StoppedClock()
    secrets = secrets_of({}, clock, {Scheme.VAULT_TRANSIT: key})
    signer = await secrets.signer(TRANSIT)
    key.fault = SecretRefused(f"{PLACE}: the key is disabled")
    with pytest.raises(SecretRefused):
        await signer.sign(b"one")
    assert secrets.health()[0].state is State.ABSENT
    key.fault = None
    clock.advance(61)
    await secrets.tend()

    assert secrets.health()[0].state is not State.ABSENT
