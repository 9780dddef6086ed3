"""Ends of sessions: what is written down of them, and who may keep somebody waiting for one."""

import pytest

from bff.app import create_app
from bff.logout import routes
from bff.settings import MOST_CACHE, load_settings
from fakes.proxy.asgi import ask
from fakes.proxy.browser import FETCH, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB
from proxy.watch import EVERY_S

WEB = "/.well-known/openid-configuration"


def told(house: House, deed: str) -> list[dict[str, object]]:
    """Return what was written down, without what stands in every line."""
    everywhere = {"event", "request", "address"}
    return [
        {name: value for name, value in line.items() if name not in everywhere}
        for line in house.canary.audited(deed)
    ]


async def sessions_of(browser: Browser) -> dict[bool, list[str]]:
    """Return the hashed ids of the person's sessions: the browser's own, and the others."""
    rows = (await browser.fetch("GET", "/auth/sessions")).json["sessions"]
    return {own: [row["id"] for row in rows if row["current"] is own] for own in (True, False)}


def subject_of(browser: Browser) -> str:
    assert browser.ticket is not None
    return browser.ticket.split(".")[2]


def test_an_open_answer_is_looked_at_often_enough_for_the_promise() -> None:
    # A look right before the end is remembered for the longest time, and the next one comes a
    # pause after that (design part 10: 2 seconds). tests/journeys/test_cuts.py measures it.
    assert MOST_CACHE.total_seconds() + EVERY_S <= 1.8


async def test_an_end_from_elsewhere_is_written_down(house: House, alice: Browser) -> None:
    tablet = house.browser()
    await tablet.login()
    found = await sessions_of(tablet)
    (own,), (hers,) = found[True], found[False]

    await tablet.fetch("DELETE", f"/auth/sessions/{hers}")

    assert told(house, "session_end") == [
        {
            "deed": "session_end",
            "outcome": "done",
            "tenant": "acme",
            "subject": subject_of(alice),
            "session": hers,
            "from_session": own,
        }
    ]


async def test_of_all_others_each_is_written_down(house: House, alice: Browser) -> None:
    for _ in range(2):
        await house.browser().login()
    await house.browser().login(BOB)
    others = (await sessions_of(alice))[False]

    await alice.fetch("DELETE", "/auth/sessions")

    assert {line["session"] for line in told(house, "session_end")} == set(others)
    assert len(told(house, "session_end")) == 2


async def test_where_nothing_ended_nothing_is_written_down(house: House, alice: Browser) -> None:
    await alice.fetch("DELETE", f"/auth/sessions/{'A' * 43}")
    await alice.fetch("DELETE", "/auth/sessions")

    assert told(house, "session_end") == []


async def test_an_end_that_failed_is_not_written_down_as_done(house: House, alice: Browser) -> None:
    tablet = house.browser()
    await tablet.login()
    (hers,) = (await sessions_of(tablet))[False]
    house.table.down = True

    answer = await tablet.fetch("DELETE", f"/auth/sessions/{hers}")

    house.table.down = False
    assert answer.status == 503
    assert told(house, "session_end") == []


async def test_a_provider_that_never_answers_keeps_nobody_waiting_at_the_logout(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "PROVIDER_S", 0.02)
    house.carrier.silent.add("/revoke")

    answer = await alice.fetch("POST", "/auth/logout")

    assert answer.status == 200
    assert SESSION not in alice.jar
    assert answer.json["redirect"].startswith(f"{house.provider.issuer}/logout?")
    assert len(house.canary.events("provider.revocation_failed")) == 1
    assert told(house, "logout")[0]["outcome"] == "done"


async def test_a_process_that_knows_nothing_of_the_provider_yet_waits_no_longer(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "PROVIDER_S", 0.02)
    other = create_app(load_settings(house.environment), house.environment)
    house.carrier.silent.add(WEB)

    answer = await ask(other, "POST", "/auth/logout", [*FETCH, *alice.cookies()])

    assert (answer.status, answer.json) == (200, {"redirect": None})
    assert len(house.canary.events("provider.revocation_failed")) == 1
    assert len(house.canary.events("provider.logout_url_unknown")) == 1
    assert (await alice.fetch("GET", "/auth/session")).json == {"authenticated": False}
    await (await other.gate()).close()
