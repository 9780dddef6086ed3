"""Who is logged in, and where else."""

import pytest

from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import FETCH, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB, CAROL, Person
from trust.session.ids import hash_of, parse_ticket
from trust.session.record import session_key
from trust.store.table import Item


async def test_nobody_is_an_answer_and_no_error(browser: Browser) -> None:
    answer = await browser.fetch("GET", "/auth/session")

    assert answer.status == 200
    assert answer.json == {"authenticated": False}
    assert answer.every("set-cookie") == []


async def test_a_session_says_until_when_it_lasts(house: House, alice: Browser) -> None:
    answer = await alice.fetch("GET", "/auth/session")

    now = house.clock.now()
    assert answer.json == {
        "authenticated": True,
        "user": {"sub": "alice", "name": "Alice Archer", "email": "alice@acme.test"},
        "tenant": {"id": "acme", "name": "Acme Corporation"},
        "expires_at": now + 12 * 3600,
        "idle_expires_at": now + 1800,
        "acr": "pwd",
        "auth_time": now,
    }


@pytest.mark.parametrize(
    "ticket",
    [
        "x",
        "v1.acme.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43,
        "v2.acme.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43,
        "v1.ACME.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43,
        "v1.a#b.AAAAAAAAAAAAAAAAAAAAAA." + "A" * 43,
        "",
        '"quoted"',
        "\u00e9",
        "\x00",
        "a" * 4000,
    ],
)
async def test_a_cookie_that_is_none_of_ours_is_taken_away(browser: Browser, ticket: str) -> None:
    headers = [*FETCH, ("Cookie", f"{SESSION}={ticket}")]

    asked = await browser.fetch("GET", "/auth/session", headers=headers)
    used = await browser.fetch("GET", "/api/agents", headers=headers)
    invoked = await browser.fetch(
        "POST", "/api/agents/hello/invocations", headers=headers, body=b"{}"
    )

    assert asked.json == {"authenticated": False}
    assert (used.status, invoked.status) == (401, 401)
    for answer in (asked, used, invoked):
        (line,) = answer.every("set-cookie")
        assert line == f"{SESSION}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"


async def test_a_session_that_was_not_used_for_too_long_has_ended(
    house: House, alice: Browser
) -> None:
    house.clock.advance(1799)
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True
    house.clock.advance(1)

    assert (await alice.fetch("GET", "/auth/session")).json == {"authenticated": False}
    assert SESSION not in alice.jar


async def test_looking_at_a_session_does_not_keep_it_alive_but_using_it_does(
    house: House, alice: Browser
) -> None:
    house.clock.advance(1000)
    await alice.fetch("GET", "/auth/session")
    assert (await alice.fetch("GET", "/api/agents")).status == 200
    house.clock.advance(1000)
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


async def test_no_session_lasts_longer_than_its_absolute_end(house: House, alice: Browser) -> None:
    for _ in range(47):
        house.clock.advance(900)
        assert (await alice.fetch("GET", "/api/agents")).status == 200
    house.clock.advance(900)

    assert (await alice.fetch("GET", "/api/agents")).status == 401


async def test_a_person_sees_all_sessions_of_theirs_and_no_others(
    house: House, alice: Browser
) -> None:
    house.clock.advance(5)
    other = house.browser()
    await other.login()
    for person in (BOB, CAROL):
        await house.browser().login(person)

    answer = await alice.fetch("GET", "/auth/sessions")

    first, second = answer.json["sessions"]
    assert first["current"] is True
    assert second["current"] is False
    assert second["created_at"] == first["created_at"] + 5
    assert first["device"] == "Firefox on Linux"
    assert first.keys() == {
        "id",
        "device",
        "created_at",
        "last_seen_at",
        "expires_at",
        "current",
    }


async def test_a_session_is_ended_from_elsewhere(house: House, alice: Browser) -> None:
    other = house.browser()
    await other.login()
    rows = (await alice.fetch("GET", "/auth/sessions")).json["sessions"]
    (theirs,) = [row["id"] for row in rows if not row["current"]]

    answer = await alice.fetch("DELETE", f"/auth/sessions/{theirs}")

    assert (answer.status, answer.body) == (204, b"")
    assert (await other.fetch("GET", "/api/agents")).status == 401
    assert (await alice.fetch("GET", "/api/agents")).status == 200


async def test_all_other_sessions_are_ended_at_once(house: House, alice: Browser) -> None:
    others = [house.browser() for _ in range(3)]
    for other in others:
        await other.login()
    bob = house.browser()
    await bob.login(BOB)

    answer = await alice.fetch("DELETE", "/auth/sessions")

    assert answer.status == 204
    for other in others:
        assert (await other.fetch("GET", "/api/agents")).status == 401
    assert (await alice.fetch("GET", "/api/agents")).status == 200
    assert (await bob.fetch("GET", "/api/agents")).status == 200


async def test_a_session_that_cannot_be_read_keeps_no_other_from_its_end(
    house: House, alice: Browser
) -> None:
    broken, other = house.browser(), house.browser()
    for browser in (broken, other):
        await browser.login()
    ticket = parse_ticket(str(broken.ticket))
    assert ticket is not None
    owner = house.gate.ledger.owner(ticket.tenant, ticket.subject)
    key = session_key(owner, hash_of(ticket.id))
    await house.table.put(Item(key=key))

    listed = await alice.fetch("GET", "/auth/sessions")
    ended = await alice.fetch("DELETE", "/auth/sessions")

    assert len(listed.json["sessions"]) == 2
    assert ended.status == 204
    assert await house.table.get(key, now=house.clock.now()) is None
    assert (await other.fetch("GET", "/api/agents")).status == 401
    assert (await alice.fetch("GET", "/api/agents")).status == 200


@pytest.mark.parametrize("session_id", ["x", "..", "%2F", "A" * 43, "%00", "CUTOFF", "a" * 2000])
async def test_a_session_of_nobody_is_not_found(alice: Browser, session_id: str) -> None:
    answer = await alice.fetch("DELETE", f"/auth/sessions/{session_id}")

    assert answer.status in {404, 405}
    assert (await alice.fetch("GET", "/auth/session")).json["authenticated"] is True


@pytest.mark.parametrize("person", [BOB, CAROL])
async def test_a_session_of_somebody_else_is_as_unknown_as_one_of_nobody(
    house: House, alice: Browser, person: Person
) -> None:
    theirs = house.browser()
    await theirs.login(person)
    ((row),) = (await theirs.fetch("GET", "/auth/sessions")).json["sessions"]

    answer = await alice.fetch("DELETE", f"/auth/sessions/{row['id']}")
    nobodys = await alice.fetch("DELETE", f"/auth/sessions/{'A' * 43}")

    assert problem_of(answer)["code"] == "session_unknown"
    for name in ("type", "title", "status", "code"):
        assert problem_of(answer)[name] == problem_of(nobodys)[name]
    assert (await theirs.fetch("GET", "/api/agents")).status == 200


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) Firefox/140.0", "Firefox on macOS"),
        ("curl/8.0", "Unknown device"),
        ("Windows", "Windows"),
        ("<script>alert(1)</script>", "Unknown device"),
    ],
)
def test_a_device_has_a_short_name_of_ours(agent: str, device: str) -> None:
    from bff.login.flow import device_of

    assert device_of(agent) == device
