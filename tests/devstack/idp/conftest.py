"""One provider for all tests of this folder, and a fresh browser for each of them."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from joserfc import jwk

from devstack.spire import http as spire
from devstack.spire.agent import Agent, agent
from idp_client.logout_receiver import Receiver, receiving
from idp_client.process import RunningProvider, installed, running
from idp_client.relying_party import RelyingParty
from trust.clock import SystemClock

WAIT_S = 5.0


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Receiver]:
    """Listen for logout tokens on loopback."""
    with receiving() as listening:
        yield listening


@pytest.fixture
def receiver(endpoint: Receiver) -> Receiver:
    """Return the endpoint, with what earlier tests sent to it forgotten."""
    endpoint.forget()
    return endpoint


@pytest.fixture(scope="session")
def client_key() -> jwk.RSAKey:
    """Make the key of the client `gatehouse-jwt`."""
    return jwk.RSAKey.generate_key(2048, {"kid": "client-key", "use": "sig", "alg": "RS256"})


@pytest.fixture(scope="session")
def trust_domain() -> Agent:
    """Make the trust domain of the client `gatehouse-spiffe`, and the agent of its machine."""
    return agent("spiffe://acme.example/gatehouse", clock=SystemClock())


@pytest.fixture(scope="session")
def trust_domain_keys(trust_domain: Agent) -> Iterator[str]:
    """Serve the keys of the trust domain; return where."""
    with spire.served(trust_domain, port=0) as url:
        yield f"{url}/keys"


@pytest.fixture(scope="session")
def _npm() -> None:
    if not installed():
        pytest.skip("the identity provider is not installed: npm ci --prefix src/devstack/idp")


@pytest.fixture(scope="session")
def provider(
    _npm: None,
    endpoint: Receiver,
    client_key: jwk.RSAKey,
    trust_domain_keys: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningProvider]:
    """Start the provider with everything switched on."""
    folder = tmp_path_factory.mktemp("idp")
    jwks = folder / "client.json"
    jwks.write_text(json.dumps({"keys": [client_key.as_dict(private=False)]}))
    options = ["--port", "0", "--backchannel", endpoint.url, "--client-jwks", str(jwks)]
    workload = ["--spiffe-client", "spiffe://acme.example/gatehouse"]
    options += [*workload, "--spiffe-keys", trust_domain_keys]
    with running(folder / "log", *options, "--bff", "http://localhost:8000") as started:
        yield started


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    """Open a browser without cookies."""
    with httpx.Client(timeout=WAIT_S) as client:
        yield client


@pytest.fixture
def party(provider: RunningProvider, browser: httpx.Client) -> RelyingParty:
    """Return an application that uses the provider."""
    return RelyingParty(issuer=provider.issuer, browser=browser)


@pytest.fixture
def log(_npm: None, tmp_path: Path) -> Path:
    """Return where a provider of the test's own writes its complaints."""
    return tmp_path / "log"
