"""A provider ends logins (OpenID Connect Back-Channel Logout 1.0)."""

import asyncio

import pytest

from bff.logout import backchannel
from fakes.proxy.asgi import WAIT_S, exchange
from fakes.proxy.browser import Browser
from fakes.proxy.house import House
from fakes.proxy.provider.idp import CLIENT_ID
from fakes.proxy.provider.logout import FORM, deliver, logout_token
from fakes.proxy.provider.people import ALICE, BOB
from fakes.proxy.provider.tokens import ec_key, rsa_key
from trust.coordinates import AppId
from trust.session.provider_index import Named, pointers_key
from trust.store.table import Item


async def is_in(browser: Browser) -> bool:
    return bool((await browser.fetch("GET", "/auth/session")).json["authenticated"])


async def test_a_session_of_the_provider_ends_here_too(house: House, alice: Browser) -> None:
    answer = await deliver(house, logout_token(house))

    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("cache-control") == "no-store"
    assert not await is_in(alice)


async def test_only_the_session_that_is_named_ends(house: House, browser: Browser) -> None:
    house.provider.claims = {"sid": "one"}
    await browser.login()
    other = house.browser()
    house.provider.claims = {"sid": "two"}
    await other.login()

    await deliver(house, logout_token(house, sid="one"))

    assert not await is_in(browser)
    assert await is_in(other)


async def test_every_session_of_one_provider_session_ends(house: House, alice: Browser) -> None:
    second = house.browser()
    await second.login()

    await deliver(house, logout_token(house))

    assert not await is_in(alice)
    assert not await is_in(second)


async def test_a_person_who_is_named_is_logged_out_everywhere(
    house: House, browser: Browser
) -> None:
    tablet, bob = house.browser(), house.browser()
    for sid, who, person in (("1", browser, ALICE), ("2", tablet, ALICE), ("3", bob, BOB)):
        house.provider.claims = {"sid": sid}
        await who.login(person)

    await deliver(house, logout_token(house, sid=None, sub="alice"))

    assert not await is_in(browser)
    assert not await is_in(tablet)
    assert await is_in(bob)


async def test_a_person_without_a_provider_session_is_logged_out_by_their_name(
    house: House, browser: Browser
) -> None:
    house.provider.claims = {"sid": None}
    await browser.login()

    await deliver(house, logout_token(house, sid=None, sub="alice"))

    assert not await is_in(browser)


async def test_session_and_person_named_together_both_have_to_fit(
    house: House, alice: Browser
) -> None:
    stranger = await deliver(house, logout_token(house, sub="bob"))
    assert (stranger.status, await is_in(alice)) == (200, True)

    await deliver(house, logout_token(house, sub="alice"))
    assert not await is_in(alice)


async def test_a_logout_of_nobody_is_no_error(house: House, alice: Browser) -> None:
    answer = await deliver(house, logout_token(house, sid="unknown"))

    assert answer.status == 200
    assert await is_in(alice)


async def test_a_new_login_after_the_logout_stays(house: House, alice: Browser) -> None:
    token = logout_token(house)
    await deliver(house, token)
    house.clock.advance(1)
    await alice.login()

    assert await is_in(alice)


async def test_a_logout_wins_over_a_login_that_is_on_its_way(
    house: House, browser: Browser
) -> None:
    answered = house.provider.authorize(await browser.begin())
    house.clock.advance(5)
    await deliver(house, logout_token(house))

    answer = await browser.come_back(answered, accept="application/json")

    assert answer.json["code"] == "logged_out_meanwhile"
    assert browser.ticket is None


async def test_a_logout_by_name_wins_over_a_login_that_is_on_its_way(
    house: House, browser: Browser
) -> None:
    answered = house.provider.authorize(await browser.begin())
    await deliver(house, logout_token(house, sid=None, sub="alice"))

    answer = await browser.come_back(answered, accept="application/json")

    assert answer.json["code"] == "logged_out_meanwhile"


async def test_a_token_signed_after_a_key_rotation_counts(house: House, alice: Browser) -> None:
    house.clock.advance(3600)
    house.provider.keys = [ec_key("new"), rsa_key()]

    answer = await deliver(house, logout_token(house))

    assert (answer.status, await is_in(alice)) == (200, False)


async def test_an_audience_may_be_a_list_of_us(house: House, alice: Browser) -> None:
    await deliver(house, logout_token(house, aud=[CLIENT_ID]))

    assert not await is_in(alice)


async def test_a_store_that_fails_is_said_and_the_same_token_works_later(
    house: House, alice: Browser
) -> None:
    token = logout_token(house)
    house.table.down = True
    failed = await deliver(house, token)
    house.table.down = False

    again = await deliver(house, token)

    assert (failed.status, failed.json["code"]) == (503, "store_unavailable")
    assert (again.status, await is_in(alice)) == (200, False)


async def test_a_token_whose_remembering_failed_works_again(house: House, alice: Browser) -> None:
    token = logout_token(house)
    # The first write is the mark, the next the memory of the token.
    house.table.passing_puts, house.table.failing_puts = 1, 1

    failed = await deliver(house, token)
    again = await deliver(house, token)

    assert (failed.status, again.status) == (503, 200)
    assert not await is_in(alice)


async def test_a_provider_that_is_down_is_said(house: House, alice: Browser) -> None:
    house.provider.keys = [rsa_key("unknown")]
    house.provider.faults["/jwks"] = house.provider.reply("GET", "/nothing", {}, b"")
    house.clock.advance(100)

    answer = await deliver(house, logout_token(house))

    assert answer.status == 503
    assert await is_in(alice)


async def test_who_was_logged_out_by_whom_is_written_down(house: House, alice: Browser) -> None:
    await deliver(house, logout_token(house, sub="alice"))

    (line,) = house.canary.audited("provider_logout")
    assert line["outcome"] == "done"
    assert line["subject"] in str(alice.held)
    assert "alice" not in str(line)


async def test_a_pointer_that_cannot_be_read_hides_no_session_that_has_ended(
    house: House, alice: Browser
) -> None:
    """The provider is told that it failed; whoever is out is out at once, and it is on record."""
    second = house.browser()
    await second.login()
    login = Named(issuer=house.provider.issuer, sid="provider-session", subject=None)
    place = pointers_key(AppId("demo"), login)
    first, _ = await house.table.query(place.partition, prefix=place.sort, now=house.clock.now())
    await house.table.put(Item(key=first.key))

    token = logout_token(house)
    answer = await deliver(house, token)

    assert answer.status == 500
    assert sorted([await is_in(alice), await is_in(second)]) == [False, True]
    (line,) = house.canary.audited("provider_logout")
    assert line["outcome"] == "done"
    # Not taken for carried out: once the row is mended, the same token does the rest.
    assert (await deliver(house, token)).status == 500


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_another_method_is_none(house: House, alice: Browser, method: str) -> None:
    answer = await alice.fetch(method, "/auth/backchannel-logout")

    assert answer.status == 405


async def test_a_body_that_drips_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may send one: it holds a connection, and work, for as long as it lasts."""
    monkeypatch.setattr(backchannel, "BODY_TIMEOUT_S", 0.01)
    sent = exchange(
        "POST", "/auth/backchannel-logout", headers=[FORM], body=b"logout", complete=False
    )
    async with asyncio.timeout(WAIT_S):
        await house.app(sent.scope, sent.receive, sent.send)

    assert await sent.begun() == 400
