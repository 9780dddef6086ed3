"""New versions: those that nobody can use, and those that somebody waits for."""

import asyncio
import json
from ipaddress import ip_address

import pytest

from contracts.secret_source import OTHER, VALUE, shown
from fakes.cells import OUTAGE, PLACE, value
from fakes.secret_source import KnownSecrets
from fakes.two_clocks import TwoClocks
from trust.secret import Secret
from trust.secrets.cell import Cell, State
from trust.secrets.source import (
    Fetched,
    SecretMalformed,
    SecretOutage,
    Unfit,
)

# -- values that nobody can use


class Unusable(Unfit):
    """A user's own error; it quotes nothing."""


async def test_a_newer_version_that_nobody_can_use_leaves_the_old_one_to_its_bound(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    def check(found: Fetched) -> None:
        if found.value.reveal() == OTHER:
            raise Unusable("is no key")

    cell.checks.append(check)
    await cell.value()
    source.secrets[PLACE.path] = OTHER
    clock.pass_(300)

    assert await value(cell) == VALUE
    assert cell.health().state is State.STALE
    clock.pass_(599)
    with pytest.raises(SecretMalformed, match="is no key"):
        await cell.value()


class Quoting(ValueError):
    """As pydantic's and others': derived from ValueError, and full of what was read."""


def refuse(text: str) -> None:
    raise Quoting(text)


@pytest.mark.parametrize(
    "check",
    [
        pytest.param(lambda found: int(found.value.reveal()), id="int"),
        pytest.param(lambda found: json.loads(found.value.reveal()), id="json"),
        pytest.param(lambda found: {}[found.value.reveal()], id="key"),
        pytest.param(lambda found: (found.value.reveal().encode() + b"\xff").decode(), id="bytes"),
        pytest.param(lambda found: ip_address(found.value.reveal()), id="a-library's"),
        pytest.param(lambda found: refuse(found.value.reveal()), id="a-library's-own-class"),
    ],
)
async def test_what_a_check_trips_over_is_not_quoted(
    cell: Cell, source: KnownSecrets, events: pytest.LogCaptureFixture, check: object
) -> None:
    source.secrets[PLACE.path] = VALUE + "\n"
    assert callable(check)
    cell.checks.append(check)

    with pytest.raises(SecretMalformed) as malformed:
        await cell.value()

    assert "correct-horse" not in shown(malformed.value)
    assert "correct-horse" not in events.text


# -- refused elsewhere


async def test_a_credential_that_was_refused_makes_one_look(
    cell: Cell, source: KnownSecrets
) -> None:
    first = await cell.value()
    source.secrets[PLACE.path] = OTHER

    found = await cell.look_again(first.version)

    assert found.value == Secret(OTHER)


async def test_a_rotation_just_after_a_look_is_found(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    await cell.value()
    clock.pass_(300)
    first = await cell.value()
    clock.pass_(1)
    source.secrets[PLACE.path] = OTHER

    assert (await cell.look_again(first.version)).value == Secret(OTHER)


async def test_all_who_were_refused_at_once_get_the_newer_one_from_one_look(
    cell: Cell, source: KnownSecrets
) -> None:
    first = await cell.value()
    source.secrets[PLACE.path] = OTHER

    found = await asyncio.gather(*(cell.look_again(first.version) for _ in range(40)))

    assert {each.value.reveal() for each in found} == {OTHER}
    assert len(source.asked) == 2


async def test_refusals_without_end_ask_twice_a_minute(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    first = await cell.value()
    for _ in range(60):
        assert (await cell.look_again(first.version)).version == first.version
        clock.pass_(1)

    assert len(source.asked) == 1 + 2


async def test_whoever_asks_may_say_how_often(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    first = await cell.value()
    for _ in range(60):
        await cell.look_again(first.version, 5.0)
        clock.pass_(1)

    assert len(source.asked) == 1 + 12


async def test_whoever_was_refused_an_older_version_gets_the_one_that_is_there(
    cell: Cell, source: KnownSecrets
) -> None:
    await cell.value()

    assert (await cell.look_again("older")).value == Secret(VALUE)
    assert len(source.asked) == 1


async def test_a_refused_credential_does_not_shorten_the_pause(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    first = await cell.value()
    source.fault = OUTAGE
    clock.pass_(300)
    await cell.value()

    assert (await cell.look_again(first.version)).value == Secret(VALUE)
    assert len(source.asked) == 2


async def test_where_nothing_is_known_a_refused_credential_asks_as_all_do(
    cell: Cell, source: KnownSecrets
) -> None:
    assert (await cell.look_again("older")).value == Secret(VALUE)


async def test_where_nothing_is_known_a_refused_credential_does_not_shorten_the_pause(
    cell: Cell, source: KnownSecrets
) -> None:
    source.fault = OUTAGE
    for _ in range(5):
        with pytest.raises(SecretOutage):
            await cell.look_again("older")

    assert len(source.asked) == 1


async def test_what_its_owner_has_refused_is_not_extended(
    cell: Cell, source: KnownSecrets, clock: TwoClocks
) -> None:
    """A database user that somebody dropped stays dropped, however long its lease is."""
    first = await cell.value()
    clock.pass_(300)
    await cell.look()
    second = await cell.value()

    await cell.look_again(second.version)

    assert source.known == [None, first, None]
