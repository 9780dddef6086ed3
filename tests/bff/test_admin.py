"""What administrators do to tenants and to people's sessions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from bff.admin.administration import Person
from fakes.proxy.asgi import problem_of
from fakes.proxy.browser import DOCUMENT, Browser
from fakes.proxy.house import House
from fakes.proxy.office import (
    Office,
    admin_issuer,
    is_in,
    office,
    settings_changes,
)
from fakes.proxy.provider.people import BOB, CAROL
from fakes.proxy.provider.people import Person as Human
from trust.coordinates import TenantId
from trust.store.table import Item, Key

__all__ = ["admin_issuer", "office", "settings_changes"]

NEW_PROVIDER = """
[providers.new]
issuer = "https://new.test"
client_id = "c"
tenant_claim = "t"
client_secret = "env:CLIENT_SECRET"
"""


async def logged_in(house: House, *people: Human) -> list[Browser]:
    browsers = [house.browser() for _ in people]
    for browser, person in zip(browsers, people, strict=True):
        assert (await browser.login(person)).status == 200
    return browsers


def edit_registry(house: House, edited: Callable[[str], str]) -> None:
    registry = Path(house.environment["BFF_REGISTRY"].removeprefix("file:"))
    registry.write_text(edited(registry.read_text()))
    house.clock.advance(2)


async def test_tenants_are_listed(office: Office) -> None:
    answer = await office.call("GET", "/admin/tenants")

    assert answer.status == 200
    assert answer.header("cache-control") == "no-store"
    assert answer.json == {
        "tenants": [
            {"id": "acme", "name": "Acme Corporation", "state": "active", "issuer": None},
            {"id": "globex", "name": "Globex", "state": "active", "issuer": None},
            {"id": "frozen", "name": "Frozen Inc.", "state": "suspended", "issuer": None},
        ]
    }


async def test_a_suspended_tenants_people_are_out_and_stay_out(
    office: Office, alice: Browser
) -> None:
    bob, carol = await logged_in(office.house, BOB, CAROL)

    answer = await office.call("POST", "/admin/tenants/acme/suspend")

    assert (answer.status, answer.json) == (
        200,
        {"tenant": "acme", "state": "suspended", "sessions_ended": 2},
    )
    for browser in (alice, bob):
        seen = await browser.fetch("GET", "/auth/session")
        assert seen.json == {"authenticated": False}
    assert await is_in(carol)
    office.house.clock.advance(60)
    again = await alice.begin()
    refused = await alice.come_back(office.house.provider.authorize(again), accept=DOCUMENT)
    assert refused.json["code"] == "tenant_suspended"


async def test_suspending_twice_ends_what_had_begun_in_between(
    office: Office, alice: Browser
) -> None:
    await office.call("POST", "/admin/tenants/acme/suspend")

    again = await office.call("POST", "/admin/tenants/acme/suspend")

    assert (again.status, again.json["sessions_ended"]) == (200, 0)
    assert not await is_in(alice)


async def test_a_resumed_tenants_people_log_in_anew(office: Office, alice: Browser) -> None:
    await office.call("POST", "/admin/tenants/acme/suspend")

    answer = await office.call("POST", "/admin/tenants/acme/resume")

    assert (answer.status, answer.json) == (200, {"tenant": "acme", "state": "active"})
    assert not await is_in(alice)
    office.house.clock.advance(60)
    await alice.login()
    assert await is_in(alice)


async def test_what_was_authenticated_before_the_suspension_counts_no_more_after_it(
    office: Office, browser: Browser
) -> None:
    answered = office.house.provider.authorize(await browser.begin())
    await office.call("POST", "/admin/tenants/acme/suspend")
    await office.call("POST", "/admin/tenants/acme/resume")

    refused = await browser.come_back(answered, accept=DOCUMENT)

    assert refused.json["code"] == "login_too_old"


async def test_a_tenants_sessions_end_and_its_people_may_come_back(
    office: Office, alice: Browser
) -> None:
    bob, carol = await logged_in(office.house, BOB, CAROL)

    answer = await office.call("DELETE", "/admin/tenants/acme/sessions")

    assert (answer.status, answer.json) == (200, {"sessions_ended": 2})
    assert [await is_in(one) for one in (alice, bob, carol)] == [False, False, True]
    office.house.clock.advance(1)
    await alice.login()
    assert await is_in(alice)


async def test_a_persons_sessions_end_everywhere(office: Office, alice: Browser) -> None:
    tablet, bob = office.house.browser(), office.house.browser()
    await tablet.login()
    # Of the same name, at the same provider, with another organisation: the same person.
    moved = Human(sub="alice", name="Alice", email="alice@globex.test", tenant="globex")
    (elsewhere,) = await logged_in(office.house, moved)
    await bob.login(BOB)

    answer = await office.call("DELETE", office.person_at())

    assert (answer.status, answer.json) == (200, {"sessions_ended": 3})
    assert [await is_in(one) for one in (alice, tablet, elsewhere, bob)] == [
        False,
        False,
        False,
        True,
    ]


async def test_with_one_tenant_named_the_persons_others_go_on(
    office: Office, alice: Browser
) -> None:
    moved = Human(sub="alice", name="Alice", email="alice@globex.test", tenant="globex")
    (elsewhere,) = await logged_in(office.house, moved)

    answer = await office.call("DELETE", office.person_at(tenant="acme"))

    assert answer.json == {"sessions_ended": 1}
    assert [await is_in(one) for one in (alice, elsewhere)] == [False, True]


async def test_a_person_whose_sessions_were_ended_has_to_authenticate_anew(
    office: Office, browser: Browser
) -> None:
    office.house.provider.claims = {"auth_time": office.house.clock.now()}
    answered = office.house.provider.authorize(await browser.begin())
    office.house.clock.advance(5)
    await office.call("DELETE", office.person_at(tenant="acme"))

    refused = await browser.come_back(answered, accept=DOCUMENT)

    assert refused.json["code"] == "login_too_old"


async def test_a_persons_session_ends_though_their_tenant_has_another_provider_by_now(
    office: Office, alice: Browser
) -> None:
    named = 'name = "Acme Corporation"'
    edit_registry(
        office.house,
        lambda text: text.replace(named, f'{named}\nissuer = "https://new.test"') + NEW_PROVIDER,
    )

    answer = await office.call("DELETE", office.person_at())

    assert answer.json == {"sessions_ended": 1}
    assert not await is_in(alice)


@pytest.mark.parametrize("sub", ["a/b", "a#b?c&d=e", "..", "SUBJECT#x", "%2e", " ", "x" * 255])
async def test_a_subject_may_be_anything_that_a_provider_may_give(
    office: Office, alice: Browser, sub: str
) -> None:
    named = Human(sub=sub, name="N", email="n@acme.test", tenant="acme")
    (browser,) = await logged_in(office.house, named)

    answer = await office.call("DELETE", office.person_at(sub))

    assert answer.json == {"sessions_ended": 1}
    assert [await is_in(one) for one in (browser, alice)] == [False, True]


async def test_nobody_of_that_name_is_no_error(office: Office, alice: Browser) -> None:
    answer = await office.call("DELETE", office.person_at("nobody"))

    assert (answer.status, answer.json) == (200, {"sessions_ended": 0})
    assert await is_in(alice)


async def test_an_issuer_that_is_none_of_ours_is_said(office: Office, alice: Browser) -> None:
    query = urlencode({"issuer": "https://login.typo.test", "sub": "alice"})

    answer = await office.call("DELETE", f"/admin/subjects/sessions?{query}")

    assert problem_of(answer)["code"] == "issuer_unknown"
    assert await is_in(alice)


async def test_a_provider_of_a_tenant_is_one_of_ours(office: Office) -> None:
    edit_registry(office.house, lambda text: text + NEW_PROVIDER)
    query = urlencode({"issuer": "https://new.test", "sub": "nobody"})

    answer = await office.call("DELETE", f"/admin/subjects/sessions?{query}")

    assert (answer.status, answer.json) == (200, {"sessions_ended": 0})


async def test_whose_provider_was_removed_their_sessions_end_without_a_complaint(
    office: Office, alice: Browser
) -> None:
    desk = office.house.gate.administration
    assert desk is not None
    after = replace(desk, default_issuer="https://another.test")

    ended = await after.end_subject(
        Person(issuer=office.house.provider.issuer, sub="alice"), TenantId("acme")
    )

    assert ended == 1
    assert not await is_in(alice)


ON_A_TENANT = [
    ("POST", "/admin/tenants/{}/suspend"),
    ("POST", "/admin/tenants/{}/resume"),
    ("DELETE", "/admin/tenants/{}/sessions"),
]


@pytest.mark.parametrize(("method", "path"), ON_A_TENANT)
async def test_a_tenant_that_is_not_there_is_said(office: Office, method: str, path: str) -> None:
    answer = await office.call(method, path.format("nobody"))

    assert problem_of(answer)["code"] == "entry_unknown"


async def test_a_persons_tenant_that_is_not_there_is_said(office: Office, alice: Browser) -> None:
    answer = await office.call("DELETE", office.person_at(tenant="nobody"))

    assert problem_of(answer)["code"] == "entry_unknown"
    assert await is_in(alice)


@pytest.mark.parametrize(("method", "path"), ON_A_TENANT)
@pytest.mark.parametrize("tenant", ["ACME", "acme%00", "acme%0A", "%C3%A9", "acme%20", "-", "a*"])
async def test_a_tenant_is_a_slug(office: Office, method: str, path: str, tenant: str) -> None:
    answer = await office.call(method, path.format(tenant))

    assert problem_of(answer)["code"] == "name_invalid"


QUERIES: dict[str, tuple[str, str]] = {
    "a tenant's end, meant for one person": (
        "DELETE",
        "/admin/tenants/acme/sessions?sub=bob",
    ),
    "a tenant's end, with a parameter without a value": (
        "DELETE",
        "/admin/tenants/acme/sessions?sub",
    ),
    "a suspension with a parameter": ("POST", "/admin/tenants/acme/suspend?dry_run=1"),
    "a list with a parameter": ("GET", "/admin/tenants?state=active"),
    "a person twice": ("DELETE", "/admin/subjects/sessions?issuer={i}&sub=bob&sub=alice"),
    "a tenant twice": (
        "DELETE",
        "/admin/subjects/sessions?issuer={i}&sub=alice&tenant=globex&tenant=acme",
    ),
    "a parameter of another name": (
        "DELETE",
        "/admin/subjects/sessions?issuer={i}&sub=alice&tenants=globex",
    ),
    "no person": ("DELETE", "/admin/subjects/sessions?issuer={i}"),
    "no issuer": ("DELETE", "/admin/subjects/sessions?sub=alice"),
    "an empty person": ("DELETE", "/admin/subjects/sessions?issuer={i}&sub="),
    "a person too long": ("DELETE", f"/admin/subjects/sessions?issuer={{i}}&sub={'a' * 256}"),
    "a person with a line's end": ("DELETE", "/admin/subjects/sessions?issuer={i}&sub=alice%0A"),
    "a person that is no text": ("DELETE", "/admin/subjects/sessions?issuer={i}&sub=%FF"),
    "octets that are no text": ("DELETE", "/admin/tenants/acme/sessions?%FF=1"),
    "octets that are no ASCII": ("DELETE", "/admin/tenants/acme/sessions?\u00e9=1"),
    "a hundred parameters": ("DELETE", "/admin/tenants/acme/sessions?" + "a=1&" * 100),
}


@pytest.mark.parametrize("how", QUERIES)
async def test_a_query_that_is_not_fully_understood_ends_nothing(
    office: Office, alice: Browser, how: str
) -> None:
    method, target = QUERIES[how]
    issuer = quote(office.house.provider.issuer, safe="")

    answer = await office.call(method, target.replace("{i}", issuer))

    assert problem_of(answer)["code"] == "parameter_invalid"
    assert await is_in(alice)


async def test_a_store_that_is_down_is_said_and_the_same_call_works_later(
    office: Office, alice: Browser
) -> None:
    office.house.table.down = True
    failed = await office.call("POST", "/admin/tenants/acme/suspend")
    office.house.table.down = False

    again = await office.call("POST", "/admin/tenants/acme/suspend")

    assert (problem_of(failed)["code"], again.status) == ("store_unavailable", 200)
    assert not await is_in(alice)
    told = office.house.canary.audited("administration")
    assert [(line["outcome"], line.get("why")) for line in told] == [
        ("failed", "store_unavailable"),
        ("done", None),
    ]


async def test_a_tenant_whose_entry_nobody_can_read_loses_its_sessions_all_the_same(
    office: Office, alice: Browser
) -> None:
    row = Item(key=Key("APP#demo", "TENANT#acme"), expires_at=None, attributes={"entry": "{"})
    await office.house.table.put(row)

    answer = await office.call("DELETE", "/admin/tenants/acme/sessions")

    assert answer.json == {"sessions_ended": 1}
    seen = await alice.fetch("GET", "/auth/session")
    assert seen.json == {"authenticated": False}


async def test_a_slip_in_the_registrys_file_keeps_no_tenant_from_being_suspended(
    office: Office, alice: Browser
) -> None:
    edit_registry(office.house, lambda text: text + "[tenants.acme")

    answer = await office.call("POST", "/admin/tenants/acme/suspend")

    assert answer.status == 200
    assert not await is_in(alice)
