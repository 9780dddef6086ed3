"""A client that proves itself by a key, and requests that it signs (RFC 7523, RFC 9101)."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from fakes.proxy.asgi import Answer, problem_of
from fakes.proxy.browser import DOCUMENT, Browser
from fakes.proxy.house import House
from fakes.proxy.provider.tokens import SigningKey, ec_key, rsa_key


@pytest.fixture(params=[rsa_key, ec_key], ids=["RS256", "ES256"])
def client_key(request: pytest.FixtureRequest) -> SigningKey:
    made: SigningKey = request.param("client-key")
    return made


@pytest.fixture
def settings_changes(client_key: SigningKey) -> dict[str, str]:
    return {
        "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
        "BFF_OIDC_CLIENT_KEY": "env:CLIENT_KEY",
        "CLIENT_KEY": json.dumps(client_key.as_dict(private=True)),
    }


@pytest.fixture(autouse=True)
def provider_with_the_public_key(house: House, client_key: SigningKey) -> None:
    house.provider.client_key = client_key


async def logged_in(house: House, browser: Browser) -> Answer:
    answered = house.provider.authorize(await browser.begin())
    return await browser.come_back(answered, accept=DOCUMENT)


async def test_each_call_has_an_assertion_of_its_own(house: House, browser: Browser) -> None:
    assert (await logged_in(house, browser)).status == 200

    assert len(set(house.provider.jtis)) == 2


@pytest.mark.parametrize("par", [True, False], ids=["pushed", "in the URL"])
async def test_a_provider_that_takes_signed_requests_only_gets_one(
    house: House, browser: Browser, *, par: bool
) -> None:
    house.provider.par = par
    house.provider.metadata = {"require_signed_request_object": True}

    location = await browser.begin(prompt="login")

    query = dict(parse_qsl(urlsplit(location).query))
    assert query.keys() == {"client_id", "request_uri" if par else "request"}
    answered = house.provider.authorize(location)
    assert (await browser.come_back(answered)).status == 200


class TestWithBoundTokens:
    @pytest.fixture
    def settings_changes(self, client_key: SigningKey) -> dict[str, str]:
        return {
            "BFF_OIDC_DPOP": "1",
            "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
            "BFF_OIDC_CLIENT_KEY": "env:CLIENT_KEY",
            "CLIENT_KEY": json.dumps(client_key.as_dict(private=True)),
        }

    async def test_a_nonce_is_answered_with_a_new_proof_and_a_new_assertion(
        self, house: House, browser: Browser
    ) -> None:
        """A strict provider remembers both by `jti`, also of the call that it did not carry out."""
        house.provider.dpop = True
        house.provider.dpop_nonce = "n-1"

        assert (await logged_in(house, browser)).status == 200

        assert house.provider.count("/token") == 2
        # Pushed request, two assertions and two proofs.
        assert len(set(house.provider.jtis)) == 5


class TestWithASecret:
    @pytest.fixture
    def settings_changes(self) -> dict[str, str]:
        return {}

    @pytest.fixture(autouse=True)
    def provider_with_the_public_key(self, house: House) -> None:
        house.provider.metadata = {"require_signed_request_object": True}

    async def test_nothing_can_be_signed_and_it_is_said(self, browser: Browser) -> None:
        answer = await browser.navigate("/auth/login", accept=DOCUMENT)

        assert problem_of(answer)["code"] == "provider_misconfigured"
