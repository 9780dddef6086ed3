"""The product's client against the local identity provider, a certified library: who proves what.

The fake provider of the other tests is strict in our own words; this one is in somebody else's.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from bff.provider.addresses import Reach
from bff.provider.authorization import AuthorizationRequest, Registration
from bff.provider.client_auth import Client, Proof
from bff.provider.compact import read_unverified
from bff.provider.dpop import new_dpop_key, thumbprint
from bff.provider.errors import CodeRejected
from bff.provider.http import HttpxProvider
from bff.provider.provider import Provider
from devstack.spire import http as bundle
from devstack.spire.agent import agent
from devstack.spire.service import served
from fakes.login import ALICE as OWNER
from fakes.login import new_session
from fakes.spire_socket import agent_socket
from idp_client.login_form import sign_in
from idp_client.process import CLIENT_SECRET, PASSWORD, RunningProvider, installed, running
from idp_client.relying_party import ALICE, CALLBACK
from trust.clock import SystemClock
from trust.registry.record import ClientAuthMethod
from trust.secret import Secret
from trust.secrets.settings import load_secret_settings
from trust.secrets.spiffe.opening import open_svids
from trust.session.errors import RefreshRejected
from trust.session.record import Session, TokenSet

WAIT_S = 5.0
VERIFIER = Secret("v" * 43)

SECRET = ("gatehouse", ClientAuthMethod.BASIC)
KEY = ("gatehouse-jwt", ClientAuthMethod.PRIVATE_KEY_JWT)
WORKLOAD = ("gatehouse-spiffe", ClientAuthMethod.JWT_SPIFFE)
SPIFFE_ID = "spiffe://example.com/gatehouse"


@pytest.fixture(scope="module")
def client_key() -> ECKey:
    """Make the key of the client `gatehouse-jwt`."""
    return ECKey.generate_key("P-256", {"kid": "client-key", "use": "sig", "alg": "ES256"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What says who we are: the agent's socket, and where its trust domain's keys are."""

    socket: Path
    keys: str


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    workload = agent(SPIFFE_ID, clock=SystemClock())
    with (
        agent_socket() as socket,
        served(workload, socket),
        bundle.served(workload, port=0, key_use=None) as url,
    ):
        yield Platform(socket=socket, keys=f"{url}/keys")


@pytest.fixture(scope="module")
def local(
    client_key: ECKey, platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningProvider]:
    if not installed():
        pytest.skip("the identity provider is not installed: npm ci --prefix src/devstack/idp")
    folder = tmp_path_factory.mktemp("idp")
    (folder / "client.json").write_text(json.dumps({"keys": [client_key.as_dict(private=False)]}))
    options = ["--port", "0", "--client-jwks", str(folder / "client.json")]
    options += ["--spiffe-client", SPIFFE_ID, "--spiffe-keys", platform.keys]
    with running(folder / "log", *options, "--bff", "http://localhost:8000") as started:
        yield started


@pytest.fixture(params=[SECRET, KEY, WORKLOAD], ids=["by secret", "by key", "as a workload"])
async def client(
    request: pytest.FixtureRequest, client_key: ECKey, platform: Platform
) -> AsyncIterator[Client]:
    name, method = request.param
    told = {"SPIFFE_ENDPOINT_SOCKET": f"unix://{platform.socket}", "BFF_SPIFFE_ID": SPIFFE_ID}
    svids = open_svids(load_secret_settings(told), SystemClock())
    proofs: dict[ClientAuthMethod, Proof] = {
        ClientAuthMethod.BASIC: Secret(CLIENT_SECRET),
        ClientAuthMethod.PRIVATE_KEY_JWT: Secret(json.dumps(client_key.as_dict(private=True))),
        ClientAuthMethod.JWT_SPIFFE: svids,
    }
    yield Client(id=name, method=method, credential=proofs[method])
    await svids.close()


@pytest.fixture
async def provider(local: RunningProvider, client: Client) -> AsyncIterator[Provider]:
    http = HttpxProvider(Reach.LOCAL)
    registration = Registration(
        issuer=local.issuer,
        client=client,
        scopes="openid profile email offline_access",
        redirect_uri=CALLBACK,
        post_logout_uri="http://localhost:8000/",
    )
    yield Provider(registration, http, SystemClock(), insecure=True)
    await http.close()


async def code_of(provider: Provider, key: Secret | None) -> Secret:
    """Log Alice in at the form, and return the code that it leads to."""
    asked = AuthorizationRequest(state="s", nonce="n", verifier=VERIFIER, dpop_key=key)
    start = await provider.authorization_url(asked)
    assert dict(parse_qsl(urlsplit(start).query)).keys() == {"client_id", "request_uri"}

    def signed_in() -> httpx.URL:
        with httpx.Client(timeout=WAIT_S) as browser:
            return sign_in(browser, start, login=ALICE, password=PASSWORD, until=CALLBACK)

    answer = (await asyncio.to_thread(signed_in)).params
    assert answer["iss"] == provider.issuer
    return Secret(answer["code"])


async def login(provider: Provider, key: Secret | None) -> TokenSet:
    return await provider.exchange(await code_of(provider, key), VERIFIER, dpop_key=key)


def session_with(provider: Provider, tokens: TokenSet) -> Session:
    session = new_session(OWNER)
    identity = replace(session.identity, issuer=provider.issuer, sub="alice")
    return replace(session, identity=identity, tokens=tokens)


def bound_to(token: Secret) -> str | None:
    """Return the thumbprint of the key that an access token is bound to (RFC 9449 §6.1)."""
    claims = read_unverified(token, algorithms=("RS256",)).claims
    jkt: str | None = claims.get("cnf", {}).get("jkt")
    return jkt


@pytest.fixture
def key() -> Secret:
    return new_dpop_key(secrets.token_bytes)


async def test_tokens_are_bound_to_the_logins_key(provider: Provider, key: Secret) -> None:
    tokens = await login(provider, key)

    claims = await provider.claims(tokens, nonce="n")
    assert claims["tenant_id"] == "acme"
    assert tokens.dpop_key == key
    assert bound_to(tokens.access_token) == thumbprint(key)


async def test_refreshed_tokens_are_bound_to_the_same_key(provider: Provider, key: Secret) -> None:
    first = await login(provider, key)

    tokens = await provider.refresh(session_with(provider, first))

    assert tokens.refresh_token != first.refresh_token
    assert tokens.dpop_key == key
    assert bound_to(tokens.access_token) == thumbprint(key)


async def test_without_a_key_they_are_bearer_tokens(provider: Provider) -> None:
    first = await login(provider, None)

    tokens = await provider.refresh(session_with(provider, first))

    assert tokens.dpop_key is None
    assert bound_to(tokens.access_token) is None


async def test_a_code_of_a_key_is_worth_nothing_with_another(
    provider: Provider, key: Secret
) -> None:
    """RFC 9449 §10: so a stolen code is of no use even to who has the client's credential."""
    code = await code_of(provider, key)

    with pytest.raises(CodeRejected):
        await provider.exchange(code, VERIFIER, dpop_key=new_dpop_key(secrets.token_bytes))


@pytest.mark.parametrize("binds", [True, False], ids=["bound", "bearer"])
async def test_userinfo_is_told_to_who_has_the_key(
    provider: Provider, key: Secret, *, binds: bool
) -> None:
    tokens = await login(provider, key if binds else None)

    told = await provider.userinfo(tokens, sub="alice")

    assert told["tenant_id"] == "acme"
    assert told["email"] == "alice@acme.test"


async def test_a_revoked_refresh_token_ends_the_login(provider: Provider, key: Secret) -> None:
    tokens = await login(provider, key)
    await provider.revoke(provider.issuer, tokens)

    with pytest.raises(RefreshRejected):
        await provider.refresh(session_with(provider, tokens))
