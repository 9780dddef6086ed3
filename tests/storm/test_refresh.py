"""Refresh that never loses a session: real processes, a strict provider, on both stores.

The provider rotates refresh tokens and takes the second use of one for theft, which ends the login.
"""

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import replace

import httpx
import pytest

from devstack.dev.plan import Store
from fakes.login import new_session
from fakes.loopback_provider import LoopbackProvider
from fakes.rotation import FIRST
from fakes.storm import Field, Person, browser, outcome, until
from storm.conftest import database
from trust.clock import SystemClock
from trust.secret import Secret
from trust.session.ledger import Ledger, Login
from trust.session.record import Setback

pytestmark = pytest.mark.journey

HOLDER = 1
"""Which of the origins is asked first, where it has to be known who holds the lease."""
HOLDER_NAME = "bff-2"

now = SystemClock().now


async def in_mid_call(field: Field, person: Person) -> "asyncio.Task[str]":
    """Let one process begin to refresh; return once its call is at the provider."""

    async def ask() -> str:
        async with browser() as client:
            return outcome(await person.ask(HOLDER, client=client))

    request = asyncio.ensure_future(ask())
    await until(lambda: field.calls() == 1)
    return request


# -- a hundred requests


async def test_a_hundred_requests_over_three_processes_make_one_token_call(
    field: Field, alice: Person
) -> None:
    old = await alice.grow_old()

    answers = await alice.storm(100)

    assert answers == {"200": 100}
    assert field.calls() == 1
    row = await alice.row()
    assert row is not None
    assert row.tokens.refresh_token != old.tokens.refresh_token
    assert row.lease is None


async def test_a_token_call_that_outlasts_the_lease_is_not_made_twice(
    field: Field, alice: Person
) -> None:
    await alice.grow_old()
    field.order(path="/token", delay_ms=3500)

    answers = await alice.storm(30)

    assert answers == {"200": 30}
    assert field.calls() == 1
    assert field.events("session.refresh_slow", session=alice.id_hash[:8])
    assert not field.events("session.refresh_abandoned", session=alice.id_hash[:8])


# -- the store fails


async def test_a_store_that_fails_after_the_rotation_loses_no_tokens(
    field: Field, alice: Person
) -> None:
    old = await alice.grow_old()
    field.order(path="/token", delay_ms=600)
    request = await in_mid_call(field, alice)

    with unwritable(field):
        others = asyncio.ensure_future(alice.storm(12))
        await until(lambda: bool(field.events("session.refresh_unwritten")))

    assert await request == "200"
    assert await others == {"200": 12}
    assert field.calls() == 1
    row = await alice.row()
    assert row is not None
    assert row.tokens.refresh_token != old.tokens.refresh_token
    assert row.lease is None


@contextmanager
def unwritable(field: Field) -> Generator[None]:
    """Let every write of a row fail."""
    if field.plan.store is Store.DYNAMODB:
        # Not one of the errors that botocore tries again by itself.
        refusal = {"status": 400, "code": "ResourceNotFoundException", "times": 1000}
        field.order_of_aws(service="dynamodb", operation="PutItem", **refusal)
        yield
        field.calm_aws()
        return
    with closing(sqlite3.connect(database(field), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


# -- the login ends in the meantime


async def test_a_logout_in_mid_call_stays_one_and_the_new_token_is_revoked(
    field: Field, alice: Person
) -> None:
    await alice.grow_old()
    field.order(path="/token", delay_ms=700)
    # The logout's own revocation comes after the rotation: it does not stop the new token.
    field.order(path="/token/revocation", delay_ms=1500)
    request = await in_mid_call(field, alice)

    async with browser() as client:
        logout = asyncio.ensure_future(
            client.post(f"{field.plan.bffs[0]}/auth/logout", headers=alice.headers)
        )
        assert await request == "401 not_logged_in"
        assert (await logout).status_code == 200

    assert await alice.row() is None
    assert await alice.storm(6) == {"401 not_logged_in": 6}
    assert field.calls() == 1
    # One by the logout, one by the refresh that came too late.
    assert field.calls("/token/revocation") == 2


# -- what the provider answers


async def test_tokens_of_another_person_end_the_session_and_are_revoked(
    field: Field, alice: Person, log_in: Callable[[str], Person]
) -> None:
    bob = await log_in("bob@acme.test").row()
    assert bob is not None
    await alice.grow_old()
    await alice.change(
        lambda session: replace(
            session, tokens=replace(session.tokens, refresh_token=bob.tokens.refresh_token)
        )
    )

    answers = await alice.storm(6)

    assert answers == {"401 not_logged_in": 6}
    assert await alice.row() is None
    assert field.calls() == 1
    assert field.calls("/token/revocation") >= 1
    (audited,) = field.events("audit", deed="refresh", session=alice.id_hash)
    assert (audited["outcome"], audited["why"]) == ("refused", "refresh_rejected")


async def test_a_provider_that_sends_no_new_refresh_token_is_shown_the_old_one_again(
    field: Field, ledger: Ledger, other_provider: LoopbackProvider
) -> None:
    other_provider.rotates = False
    person = await planted(field, ledger, issuer=other_provider.url)

    async def refreshed() -> bool:
        await person.storm(3)
        return other_provider.rotation.calls == calls

    for calls in (1, 2):
        await person.grow_old()
        # A process may remember the session as it was for a second.
        await until(refreshed)

        assert await person.storm(12) == {"200": 12}
        assert other_provider.rotation.calls == calls
        row = await person.row()
        assert row is not None
        assert row.tokens.access_token == Secret(f"access-{calls}")
        assert row.tokens.refresh_token == Secret(FIRST)


async def planted(field: Field, ledger: Ledger, *, issuer: str) -> Person:
    """Write the session of somebody who logged in at another provider."""
    session = new_session(now=now())
    session = replace(session, identity=replace(session.identity, issuer=issuer))
    await ledger.create(session, Login(attempt=secrets.token_hex(8), begun_at=now()), now=now())
    return Person(field=field, ledger=ledger, ticket=session.ticket)


async def test_a_provider_in_trouble_is_not_called_by_every_request(
    field: Field, alice: Person
) -> None:
    await alice.grow_old()
    # It has failed twice before: the next pause is longer than these requests may take.
    await alice.change(lambda session: replace(session, setback=Setback(failures=2, until=now())))
    field.order(path="/token", status=503, times=1000)

    answers = await alice.storm(60)

    assert answers == {"503 provider_unavailable": 60}
    assert field.calls() == 1
    (audited,) = field.events("audit", deed="refresh", session=alice.id_hash)
    assert (audited["outcome"], audited["why"]) == ("failed", "provider_unavailable")

    field.calm()
    await alice.change(lambda session: replace(session, setback=Setback(failures=3, until=now())))

    async def over() -> bool:
        return await alice.storm(12) == {"200": 12}

    # A process may remember for a second that there is a pause.
    await until(over)
    assert field.calls() == 1
    row = await alice.row()
    assert row is not None
    assert row.setback is None


async def test_while_the_provider_is_in_trouble_a_valid_token_goes_on_serving(
    field: Field, alice: Person
) -> None:
    await alice.grow_old(left_s=60)
    await alice.change(lambda session: replace(session, setback=Setback(failures=2, until=now())))
    field.order(path="/token", status=503, times=1000)

    assert await alice.storm(60) == {"200": 60}

    assert field.calls() == 1


# -- the holder is killed


async def test_a_holder_killed_before_the_provider_rotated_costs_nothing(
    field: Field, alice: Person
) -> None:
    await alice.grow_old()
    field.order(path="/token", status=503, delay_ms=4000)
    request = await in_mid_call(field, alice)

    field.kill(HOLDER_NAME)
    async with browser() as client:
        answers = [outcome(await alice.ask(number, client=client)) for number in (0, 2)]

    assert answers == ["200", "200"]
    assert field.calls() == 2
    assert field.events("session.refresh_abandoned", session=alice.id_hash[:8])
    await torn(request)


async def test_a_holder_killed_after_the_provider_rotated_ends_the_session_and_says_so(
    field: Field, ledger: Ledger, other_provider: LoopbackProvider
) -> None:
    person = await planted(field, ledger, issuer=other_provider.url)
    await person.grow_old()
    other_provider.release.clear()
    other_provider.arrived.clear()

    async with browser() as client:
        request = asyncio.ensure_future(person.ask(HOLDER, client=client))
        await until(other_provider.arrived.is_set)
        field.kill(HOLDER_NAME)
        other_provider.release.set()
        answers = [outcome(await person.ask(number, client=client)) for number in (0, 2)]
        await torn(request)

    assert answers == ["401 not_logged_in"] * 2
    assert await person.row() is None
    rotation = other_provider.rotation
    # The token that nobody has received is alive at the provider until it is revoked.
    assert (rotation.calls, rotation.revoked) == (2, [FIRST])
    # A program's lines come by a thread of their own.
    await until(lambda: bool(field.events("audit", deed="refresh", session=person.id_hash)))
    (audited,) = field.events("audit", deed="refresh", session=person.id_hash)
    assert (audited["outcome"], audited["why"]) == ("refused", "refresh_rejected")


async def torn(request: "asyncio.Task[object]") -> None:
    """Look at the request of the process that was killed."""
    (result,) = await asyncio.gather(request, return_exceptions=True)
    assert isinstance(result, httpx.TransportError)


# -- it is stopped


async def test_a_process_that_is_stopped_in_mid_call_keeps_the_new_tokens(
    field: Field, alice: Person
) -> None:
    old = await alice.grow_old()
    field.order(path="/token", delay_ms=2500)
    request = await in_mid_call(field, alice)

    await asyncio.to_thread(field.supervisor.stop, {HOLDER_NAME})

    row = await alice.row()
    assert row is not None
    assert row.tokens.refresh_token != old.tokens.refresh_token
    async with browser() as client:
        assert outcome(await alice.ask(client=client)) == "200"
    assert field.calls() == 1
    # The request itself was told that the process ends.
    await asyncio.gather(request, return_exceptions=True)
