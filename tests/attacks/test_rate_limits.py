"""Rate limits: whoever counts against them must not get out of them, nor spend what is others'."""

import pytest

from fakes.proxy.asgi import ask, problem_of
from fakes.proxy.browser import DOCUMENT, FETCH, SESSION, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.people import BOB

PROXY = "192.0.2.0/24"
"""Where the tests' requests come from."""


@pytest.fixture
def settings_changes() -> dict[str, str]:
    return {
        "BFF_LIMIT_LOGINS": "3/1m",
        "BFF_LIMIT_CALLBACKS": "3/1m",
        "BFF_LIMIT_CALLS": "5/1m",
        "BFF_LIMIT_TENANT_CALLS": "12/1m",
    }


@pytest.fixture(autouse=True)
def at_the_beginning_of_a_window(house: House) -> None:
    house.clock.advance(60 - house.clock.now() % 60)


async def logins(browser: Browser, headers: list[tuple[str, str]]) -> list[int]:
    """Begin a login with each of the headers; return the answers' statuses."""
    answers = [await browser.navigate("/auth/login", headers=[header]) for header in headers]
    return [answer.status for answer in answers]


@pytest.mark.parametrize(
    "name",
    [
        "X-Forwarded-For",
        "Forwarded",
        "X-Real-IP",
        "X-Client-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "X-Cluster-Client-IP",
        "Fastly-Client-IP",
        "X-Envoy-External-Address",
        "X-Amzn-Source-Ip",
    ],
)
async def test_rate_limit_evasion_by_a_header_that_names_an_address(
    browser: Browser, name: str
) -> None:
    value = "for=198.51.100.{}" if name == "Forwarded" else "198.51.100.{}"

    answers = await logins(browser, [(name, value.format(number)) for number in range(5)])

    assert answers == [303] * 3 + [429] * 2


class TestBehindAProxy:
    """The proxy appends the address that it saw to whatever the client sent."""

    @pytest.fixture
    def settings_changes(self, settings_changes: dict[str, str]) -> dict[str, str]:
        return settings_changes | {"BFF_TRUSTED_PROXIES": PROXY}

    @pytest.mark.parametrize(
        "made_up",
        [
            "198.51.100.{}, ",
            "192.0.2.{}, ",
            "198.51.100.{}, 192.0.2.7, ",
            "10.0.0.{},\t,, ",
            "\xff{}, ",
        ],
    )
    async def test_rate_limit_evasion_by_made_up_hops(self, browser: Browser, made_up: str) -> None:
        seen = [made_up.format(number) + "203.0.113.9" for number in range(5)]

        answers = await logins(browser, [("X-Forwarded-For", line) for line in seen])

        assert answers == [303] * 3 + [429] * 2

    async def test_rate_limit_evasion_by_the_addresses_of_one_subscriber(
        self, browser: Browser
    ) -> None:
        mine = [f"2001:db8:1:2:{number:x}::1" for number in range(5)]

        answers = await logins(browser, [("X-Forwarded-For", line) for line in mine])

        assert answers == [303] * 3 + [429] * 2

    async def test_rate_limit_evasion_by_other_spellings_of_an_address(
        self, browser: Browser
    ) -> None:
        mine = ["203.0.113.9", "::ffff:203.0.113.9", "203.0.113.9:1", "[::FFFF:cb00:7109]:2"]

        answers = await logins(browser, [("X-Forwarded-For", line) for line in mine])

        assert answers == [303] * 3 + [429]


async def test_rate_limit_evasion_by_another_session_of_the_same_tenant(
    house: House, alice: Browser
) -> None:
    other = house.browser()
    await other.login(BOB)

    statuses = [
        (await browser.fetch("GET", "/api/agents")).status
        for browser in (alice, other) * 4
        for _ in range(2)
    ]

    # Five of each session are fewer than the tenant has.
    assert statuses.count(200) == 10
    third = house.browser()
    await third.login()
    assert [(await third.fetch("GET", "/api/agents")).status for _ in range(3)] == [200, 200, 429]


async def test_rate_limit_evasion_by_wearing_the_store_out(house: House, browser: Browser) -> None:
    house.table.down = True

    answers = await logins(browser, [("Accept", "text/html")] * 5)

    # Counted without the store, by this process alone.
    assert answers == [503] * 3 + [429] * 2


async def test_a_victim_s_limit_cannot_be_spent_by_a_cookie_that_looks_like_theirs(
    house: House, alice: Browser
) -> None:
    assert alice.ticket is not None
    start, _, secret = alice.ticket.rpartition(".")
    other = ("A" if secret[0] != "A" else "B") + secret[1:]
    for _ in range(15):
        headers = [*FETCH, ("Cookie", f"{SESSION}={start}.{other}")]
        assert (await ask(house.app, "GET", "/api/agents", headers)).status == 401

    assert (await alice.fetch("GET", "/api/agents")).status == 200


async def test_a_limit_takes_nobody_s_session(alice: Browser) -> None:
    answers = [await alice.fetch("GET", "/api/agents") for _ in range(7)]

    assert answers[-1].status == 429
    assert [answer.every("set-cookie") for answer in answers] == [[]] * 7


async def test_a_callback_that_came_too_early_can_come_again(
    house: House, browser: Browser
) -> None:
    location = await browser.begin()
    answer = house.provider.authorize(location)
    for _ in range(3):
        await browser.come_back({"state": "x", "code": "y"})
    refused = await browser.come_back(answer, accept=DOCUMENT)
    assert problem_of(refused)["code"] == "rate_limited"
    assert refused.every("set-cookie") == []

    house.clock.advance(int(refused.header("retry-after") or 0))

    assert (await browser.come_back(answer)).status == 200
    assert browser.ticket is not None
