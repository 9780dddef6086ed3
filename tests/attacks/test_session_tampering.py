"""A session's row or cookie that somebody has changed, moved, or kept for too long."""

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import FETCH, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB
from trust.seal.keyring import parse_keyring, rotated
from trust.session.cookie import read_ticket
from trust.session.ids import Ticket, hash_of
from trust.session.record import session_key
from trust.store.table import Item, Key


def place_of(house: House, browser: Browser) -> Key:
    """Return where the browser's session is stored."""
    ticket = read_ticket([f"{SESSION}={browser.ticket}"])
    assert isinstance(ticket, Ticket)
    return session_key(house.gate.ledger.owner(ticket.tenant, ticket.subject), hash_of(ticket.id))


async def row_of(house: House, browser: Browser) -> Item:
    """Return the browser's stored session."""
    row = await house.table.get(place_of(house, browser), now=house.clock.now())
    assert row is not None
    return row


async def planted(house: House, row: Item, **attributes: str | int | bytes) -> None:
    """Write a row back, changed."""
    await house.table.put(row._replace(attributes={**row.attributes, **attributes}))


def not_let_in(answer: Answer) -> None:
    """Hold an answer to letting nobody in and telling nothing."""
    assert answer.status in {401, 500, 503}
    assert problem_of(answer)["code"] in {"not_logged_in", "row_malformed", "keys_unavailable"}


@pytest.mark.parametrize("octet", [0, 11, 12, 40, -16, -1])
async def test_session_tampering_with_nonce_ciphertext_or_tag(
    house: House, alice: Browser, octet: int
) -> None:
    row = await row_of(house, alice)
    box = bytearray(row.octets("box"))
    box[octet] ^= 1
    await planted(house, row, box=bytes(box))

    not_let_in(await alice.fetch("GET", "/api/agents"))


@pytest.mark.parametrize("length", [0, 1, 12, 27, 28])
async def test_session_tampering_by_a_box_that_is_cut_off(
    house: House, alice: Browser, length: int
) -> None:
    row = await row_of(house, alice)
    await planted(house, row, box=row.octets("box")[:length])

    not_let_in(await alice.fetch("GET", "/api/agents"))


async def test_session_tampering_every_broken_box_is_answered_alike(
    house: House, alice: Browser
) -> None:
    """No padding oracle (CVE-2026-47775): what exactly was wrong is told to nobody."""
    row = await row_of(house, alice)
    seen: set[tuple[int, str]] = set()
    for octet in range(0, len(row.octets("box")), 7):
        box = bytearray(row.octets("box"))
        box[octet] ^= 0x80
        await planted(house, row, box=bytes(box))
        answer = await alice.fetch("GET", "/api/agents")
        seen.add((answer.status, problem_of(answer)["code"]))

    assert len(seen) == 1


async def test_session_tampering_by_another_persons_tokens_in_my_row(
    house: House, alice: Browser
) -> None:
    bob = house.browser()
    await bob.login(BOB)
    theirs = await row_of(house, bob)
    mine = await row_of(house, alice)
    await planted(house, mine, box=theirs.octets("box"), kid=theirs.text("kid"))

    not_let_in(await alice.fetch("GET", "/api/agents"))


async def test_session_tampering_by_an_older_version_of_the_same_row(
    house: House, alice: Browser
) -> None:
    old = await row_of(house, alice)
    house.clock.advance(61)
    assert (await alice.fetch("GET", "/api/agents")).status == 200
    new = await row_of(house, alice)
    assert new.version > old.version
    await planted(house, new, box=old.octets("box"))

    not_let_in(await alice.fetch("GET", "/api/agents"))


@pytest.mark.parametrize("kid", ["", "unknown", "../../etc", "x" * 1000])
async def test_session_tampering_by_a_key_id_of_nobody(
    house: House, alice: Browser, kid: str
) -> None:
    await planted(house, await row_of(house, alice), kid=kid)

    not_let_in(await alice.fetch("GET", "/api/agents"))


@pytest.mark.parametrize("member", ["box", "kid", "idle_expires_at", "ends_at", "lease_until"])
async def test_session_tampering_by_a_member_that_is_missing(
    house: House, alice: Browser, member: str
) -> None:
    row = await row_of(house, alice)
    left = {name: value for name, value in row.attributes.items() if name != member}
    await house.table.put(row._replace(attributes=left))

    answer = await alice.fetch("GET", "/api/agents")

    if member == "lease_until":
        assert answer.status == 200
    else:
        not_let_in(answer)


async def test_session_tampering_a_row_that_the_broom_has_not_reached_is_over_all_the_same(
    house: House, alice: Browser
) -> None:
    row = await row_of(house, alice)
    assert row.expires_at is not None
    house.clock.advance(row.expires_at - house.clock.now())

    assert problem_of(await alice.fetch("GET", "/api/agents"))["code"] == "not_logged_in"


HOSTILE_COOKIES = {
    "quoted": '"{ticket}"',
    "in utf-8": "{ticket}é",
    "with a NUL": "{ticket}\x00",
    "with a line end": "{ticket}\r\nx: y",
    "with white space inside": "{ticket} x",
    "with a path": "{ticket}/../x",
    "encoded": "%76{ticket}",
    "twice as long": "{ticket}{ticket}",
    "cut off": "{short}",
    "of a later version": "v2{rest}",
    "in upper case": "{upper}",
    "of 8,000 characters": "{ticket}" + "x" * 8000,
}


@pytest.mark.parametrize("how", HOSTILE_COOKIES)
async def test_session_tampering_by_a_cookie(house: House, alice: Browser, how: str) -> None:
    ticket = str(alice.ticket)
    value = HOSTILE_COOKIES[how].format(
        ticket=ticket, short=ticket[:-1], rest=ticket[2:], upper=ticket.upper()
    )
    cookie = f"{SESSION}={value}".encode().decode("latin-1")

    answer = await house.browser().fetch("GET", "/api/agents", headers=[*FETCH, ("Cookie", cookie)])

    assert problem_of(answer)["code"] == "not_logged_in"
    assert (await alice.fetch("GET", "/api/agents")).status == 200


async def test_session_tampering_a_hundred_cookies_that_look_like_pieces(
    house: House, alice: Browser
) -> None:
    """Cookies in pieces took a peer down (CVE-2024-24814): there are no pieces here."""
    pieces = "; ".join(f"{SESSION}_{number}=x" for number in range(120))

    answer = await house.browser().fetch(
        "GET", "/api/agents", headers=[*FETCH, ("Cookie", f"{pieces}; {SESSION}={alice.ticket}")]
    )

    assert answer.status == 200


async def test_a_session_used_after_its_logout_is_nobodys(house: House, alice: Browser) -> None:
    ticket = alice.ticket
    await alice.fetch("POST", "/auth/logout")

    answer = await house.browser().fetch(
        "GET", "/api/agents", headers=[*FETCH, ("Cookie", f"{SESSION}={ticket}")]
    )

    assert problem_of(answer)["code"] == "not_logged_in"


async def test_a_store_that_is_down_lets_nobody_in_and_logs_nobody_out(
    house: House, alice: Browser
) -> None:
    house.table.down = True

    answer = await alice.fetch("GET", "/api/agents")

    assert problem_of(answer)["code"] == "store_unavailable"
    assert answer.every("set-cookie") == []
    house.table.down = False
    assert (await alice.fetch("GET", "/api/agents")).status == 200


async def test_a_session_lives_on_past_2038_and_2106(house: House, browser: Browser) -> None:
    house.clock.advance(2**32 - house.clock.now() + 10)
    assert (await browser.login()).status == 200
    house.clock.advance(100)

    answer = await browser.fetch("GET", "/auth/session")

    assert answer.json["authenticated"] is True
    assert answer.json["idle_expires_at"] > 2**32


async def test_a_login_goes_on_while_the_keyring_is_rotated(house: House, browser: Browser) -> None:
    answered = house.provider.authorize(await browser.begin())
    before = house.environment["SESSION_KEYS"]
    house.environment["SESSION_KEYS"] = rotated(before, lambda size: b"\x07" * size)

    assert (await browser.come_back(answered)).status == 200
    assert (await browser.fetch("GET", "/api/agents")).status == 200
    assert parse_keyring(before).current in parse_keyring(house.environment["SESSION_KEYS"]).sealing


async def test_a_cookie_is_deleted_with_the_attributes_that_it_was_set_with(
    house: House, alice: Browser
) -> None:
    # With others it would be another cookie, and the session's would stay (`Browser` looks, too).
    answer = await alice.fetch("POST", "/auth/logout")

    (line,) = answer.every("set-cookie")
    assert line == f"{SESSION}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"
    assert alice.ticket is None


async def test_a_session_of_another_app_on_the_same_table_is_nobodys(
    house: House, alice: Browser
) -> None:
    row = await row_of(house, alice)
    moved = row._replace(key=Key(row.key.partition.replace("APP#demo", "APP#other"), row.key.sort))
    await house.table.put(moved)
    await house.table.delete(row.key)

    assert problem_of(await alice.fetch("GET", "/api/agents"))["code"] == "not_logged_in"
