"""Token downgrade: what was to be bound to our key must not come, or go, without it (RFC 9449)."""

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import DOCUMENT, SESSION, Browser
from fakes.proxy.house import House


@pytest.fixture
def settings_changes() -> dict[str, str]:
    return {"BFF_OIDC_DPOP": "1"}


@pytest.fixture(autouse=True)
def bound(house: House) -> None:
    """Let the provider bind what it issues."""
    house.provider.dpop = True


async def logged_in(house: House, browser: Browser) -> Answer:
    answered = house.provider.authorize(await browser.begin())
    return await browser.come_back(answered, accept=DOCUMENT)


async def expired(house: House, browser: Browser) -> Answer:
    """Let the access token end while the session goes on, and make a call."""
    for _ in range(2):
        house.clock.advance(1200)
        await browser.fetch("GET", "/api/chats")
    house.clock.advance(1200)
    return await browser.fetch("GET", "/api/chats")


async def test_token_downgrade_a_login_is_bound_from_the_request_to_the_refresh(
    house: House, browser: Browser
) -> None:
    assert (await logged_in(house, browser)).status == 200
    assert (await expired(house, browser)).status == 200

    assert house.provider.count("/token") == 2
    assert len(house.provider.proofs) == 2
    assert len({grant.jkt for grant in house.provider.codes.values()}) == 1


async def test_token_downgrade_every_login_has_a_key_of_its_own(house: House) -> None:
    for _ in range(2):
        assert (await logged_in(house, house.browser())).status == 200

    assert len({grant.jkt for grant in house.provider.codes.values()}) == 2


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "", "mac", None])
async def test_token_downgrade_of_a_login(house: House, browser: Browser, kind: str | None) -> None:
    house.provider.token = {"token_type": kind}

    answer = await logged_in(house, browser)

    assert problem_of(answer)["code"] == "provider_unavailable"
    assert SESSION not in browser.jar


async def test_token_downgrade_of_a_refresh(house: House, browser: Browser) -> None:
    await logged_in(house, browser)
    house.provider.token = {"token_type": "Bearer"}

    answer = await expired(house, browser)

    assert problem_of(answer)["code"] == "provider_unavailable"


async def test_token_downgrade_the_nonce_is_answered_once_with_a_new_proof(
    house: House, browser: Browser
) -> None:
    house.provider.dpop_nonce = "n-1"

    assert (await logged_in(house, browser)).status == 200

    assert [claims.get("nonce") for claims in house.provider.proofs] == [None, "n-1"]
    assert house.provider.count("/token") == 2


async def test_token_downgrade_a_nonce_that_is_known_is_sent_at_once(
    house: House, browser: Browser
) -> None:
    house.provider.dpop_nonce = "n-1"
    await logged_in(house, browser)
    house.provider.dpop_nonce = "n-2"
    assert (await expired(house, browser)).status == 200
    house.provider.proofs.clear()

    assert (await logged_in(house, house.browser())).status == 200

    assert [claims.get("nonce") for claims in house.provider.proofs] == ["n-2"]


async def test_token_downgrade_a_nonce_that_changes_all_the_time_is_not_chased(
    house: House, browser: Browser
) -> None:
    house.provider.dpop_nonce = "n-1"
    location = await browser.begin()
    answered = house.provider.authorize(location)
    nonces = iter(range(100))

    class Fickle(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return False

        __hash__ = str.__hash__

    house.provider.dpop_nonce = Fickle(f"n-{next(nonces)}")
    answer = await browser.come_back(answered, accept=DOCUMENT)

    assert problem_of(answer)["code"] == "provider_unavailable"
    assert house.provider.count("/token") == 2


async def test_token_downgrade_by_a_provider_that_takes_no_proofs_of_ours(
    house: House, browser: Browser
) -> None:
    house.provider.metadata = {"dpop_signing_alg_values_supported": ["EdDSA"]}

    answer = await browser.navigate("/auth/login", accept=DOCUMENT)

    assert problem_of(answer)["code"] == "provider_misconfigured"


async def test_token_downgrade_a_bound_token_is_shown_with_its_proof(
    house: House, browser: Browser
) -> None:
    house.provider.claims = {"tenant_id": None}
    house.provider.userinfo = {"sub": "alice", "tenant_id": "acme"}
    house.provider.dpop_nonce = "n-1"

    assert (await logged_in(house, browser)).status == 200
    assert house.provider.count("/userinfo") == 1


async def test_token_downgrade_an_agent_that_takes_bearer_tokens_gets_no_bound_one(
    house: House, browser: Browser
) -> None:
    await logged_in(house, browser)

    answer = await browser.say("bearer")

    assert problem_of(answer)["code"] == "token_bound"
    assert house.runtime.invocations == []
