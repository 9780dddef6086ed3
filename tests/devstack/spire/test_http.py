"""The trust domain's keys over HTTP, and the double's switches."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc import jwk, jwt

from devstack.spire.agent import Agent, Refusal, agent
from devstack.spire.http import served
from fakes.vault_client import NO_TLS
from trust.clock import SystemClock

US = "spiffe://acme.example/gatehouse"


@pytest.fixture
def spire() -> Agent:
    """Return an agent whose workload is Gatehouse."""
    return agent(US, clock=SystemClock())


@pytest.fixture
def client(spire: Agent) -> Iterator[httpx.Client]:
    """Return a client of the agent's HTTP side."""
    with (
        served(spire, port=0) as url,
        httpx.Client(base_url=url, timeout=5, verify=NO_TLS, trust_env=False) as opened,
    ):
        yield opened


@pytest.mark.parametrize("use", ["sig", None])
def test_a_jwt_svid_is_verified_by_the_keys(spire: Agent, use: str | None) -> None:
    token = spire.jwt_svids(["vault"], "")[0].token
    with served(spire, port=0, key_use=use) as url:
        keys = httpx.get(f"{url}/keys", timeout=5, verify=NO_TLS).json()

    found = jwt.decode(token, jwk.KeySet.import_key_set(keys), algorithms=["ES256"])

    assert found.claims["sub"] == US
    assert [each.get("use") for each in keys["keys"]] == [use]


def test_the_keys_are_found_from_the_discovery_document(client: httpx.Client) -> None:
    metadata = client.get("/.well-known/openid-configuration").json()

    assert metadata["issuer"] == str(client.base_url).rstrip("/")
    assert client.get(metadata["jwks_uri"]).json()["keys"]


def test_a_bundle_names_the_use_of_its_keys_and_counts_its_versions(
    client: httpx.Client,
) -> None:
    first = client.get("/bundle").json()
    client.post("/_local/rotations", json={"what": "jwt"})
    second = client.get("/bundle").json()
    client.post("/_local/rotations", json={"what": "jwt-forgetting"})
    third = client.get("/bundle").json()

    assert {each["use"] for each in first["keys"]} == {"jwt-svid"}
    assert [len(each["keys"]) for each in (first, second, third)] == [1, 2, 1]
    assert [each["spiffe_sequence"] for each in (first, second, third)] == [1, 2, 3]
    assert "d" not in first["keys"][0]


def test_the_authority_of_certificates_is_served_as_it_is(
    client: httpx.Client, spire: Agent
) -> None:
    first = client.get("/ca.pem").content
    client.post("/_local/rotations", json={"what": "authority"})

    assert client.get("/ca.pem").content == spire.issuer.authority.pem
    assert first != spire.issuer.authority.pem


def test_identities_are_rotated_and_given_and_taken(client: httpx.Client, spire: Agent) -> None:
    before = spire.x509_svids()[0]
    client.post("/_local/rotations", json={"what": "identities"})
    assert spire.x509_svids()[0] != before

    client.put("/_local/identities", json=["spiffe://acme.example/other"])

    assert spire.x509_svids()[0].spiffe_id == "spiffe://acme.example/other"
    assert client.get("/_local/calls").json() == {"FetchX509SVID": 3}


def test_faults_are_planted_and_healed(client: httpx.Client, spire: Agent) -> None:
    assert client.post("/_local/faults", json={"fault": "denied"}).status_code == 204
    with pytest.raises(Refusal):
        spire.jwt_svids(["vault"], "")

    assert client.delete("/_local/faults").status_code == 204
    assert spire.jwt_svids(["vault"], "")


@pytest.mark.parametrize(
    ("method", "path", "body", "says"),
    [
        ("POST", "/_local/faults", {"fault": "gremlins"}, "fault is one of hang,"),
        ("POST", "/_local/faults", {"fault": "denied", "times": 0}, "times is a whole number"),
        ("POST", "/_local/faults", {"fault": "denied", "times": "1"}, "times is a whole number"),
        ("POST", "/_local/faults", ["denied"], "the body is a JSON object"),
        ("PUT", "/_local/identities", US, "the body is a list"),
        ("POST", "/_local/rotations", {"what": "tyres"}, "what is one of jwt,"),
        ("POST", "/_local/rotations", {"what": "x" * 5000}, "too long"),
    ],
)
def test_a_mistake_is_told(
    client: httpx.Client, method: str, path: str, body: Any, says: str
) -> None:
    answer = client.request(method, path, json=body)

    assert answer.status_code == 400
    assert says in answer.text


def test_a_body_that_is_no_json_is_a_mistake(client: httpx.Client) -> None:
    assert client.post("/_local/faults", content=b"{").status_code == 400


def test_there_is_nothing_else(client: httpx.Client) -> None:
    assert client.get("/_local/secrets").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ],
)
def test_a_page_in_a_browser_switches_nothing(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    assert client.delete("/_local/faults", headers=headers).status_code == 403
