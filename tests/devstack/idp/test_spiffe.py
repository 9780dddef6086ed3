"""A workload as a client: it shows a JWT-SVID in place of a secret."""

from pathlib import Path

import httpx
import pytest
from joserfc import jwt

from devstack.spire.agent import Agent
from devstack.spire.authority import claims_of
from devstack.spire.faults import Fault
from idp_client.process import CLIENT_SECRET, running
from idp_client.relying_party import CALLBACK, RelyingParty, basic
from trust.clock import SystemClock

CLIENT = "gatehouse-spiffe"
JWT_SPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def workload(party: RelyingParty, trust_domain: Agent) -> RelyingParty:
    """Return the application as the client that is a workload."""
    trust_domain.heal()
    party.headers = {}
    return party


def svid(agent: Agent, audience: str) -> str:
    return agent.jwt_svids([audience], "")[0].token


def shown(token: str, **changes: str) -> dict[str, str]:
    form = {
        "client_id": CLIENT,
        "client_assertion_type": JWT_SPIFFE,
        "client_assertion": token,
        **changes,
    }
    return {name: value for name, value in form.items() if value}


def redeemed(party: RelyingParty, form: dict[str, str], **headers: str) -> httpx.Response:
    """Redeem a code of a new login by what `form` says of the client."""
    code = party.login(client_id=CLIENT)["code"]
    grant = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": party.verifier,
    }
    return party.post("/token", {**grant, **form}, **headers)


@pytest.mark.parametrize("client_id", [CLIENT, ""])
def test_a_workload_logs_people_in(
    workload: RelyingParty, trust_domain: Agent, client_id: str
) -> None:
    token = svid(trust_domain, workload.issuer)

    answer = redeemed(workload, shown(token, client_id=client_id))

    assert answer.status_code == 200, answer.text
    assert workload.verified(answer.json()["id_token"]).claims["aud"] == CLIENT


def test_an_svid_serves_for_as_long_as_it_is_good(
    workload: RelyingParty, trust_domain: Agent
) -> None:
    proof = shown(svid(trust_domain, workload.issuer))
    tokens = redeemed(workload, proof).json()

    refreshed = workload.post(
        "/token",
        {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **proof},
    )
    revoked = workload.post(
        "/token/revocation", {"token": refreshed.json()["refresh_token"], **proof}
    )

    assert (refreshed.status_code, revoked.status_code) == (200, 200)


def test_a_workload_pushes_its_authorization_request(
    workload: RelyingParty, trust_domain: Agent
) -> None:
    proof = shown(svid(trust_domain, workload.issuer))

    pushed = workload.post("/request", {**workload.request(), **proof})

    assert pushed.status_code == 201, pushed.text


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault.WRONG_AUDIENCE, id="for-another-audience"),
        pytest.param(Fault.EXPIRED, id="presented-after-it-ended"),
        pytest.param(Fault.FOREIGN_TRUST_DOMAIN, id="of-a-foreign-trust-domain"),
        pytest.param(Fault.OTHER_WORKLOAD, id="of-another-workload"),
        pytest.param(Fault.WRONG_KEY, id="signed-by-nobody"),
        pytest.param(Fault.UNSIGNED, id="alg-none"),
        pytest.param(Fault.GARBAGE, id="no-jwt"),
    ],
)
def test_an_svid_that_is_not_the_workloads_own_opens_nothing(
    workload: RelyingParty, trust_domain: Agent, fault: Fault
) -> None:
    trust_domain.plant(fault)

    answer = redeemed(workload, shown(svid(trust_domain, workload.issuer)))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changes", "headers", "error"),
    [
        pytest.param({"client_assertion": ""}, {}, "invalid_client", id="no-assertion"),
        pytest.param(
            {"client_assertion": "", "client_assertion_type": ""}, {}, "invalid_client", id="name"
        ),
        pytest.param({"client_id": "gatehouse"}, {}, "invalid_client", id="as-another-client"),
        pytest.param(
            {"client_assertion_type": JWT_BEARER}, {}, "invalid_request", id="as-jwt-bearer"
        ),
        pytest.param({"client_assertion_type": ""}, {}, "invalid_request", id="of-no-type"),
        pytest.param({"client_secret": CLIENT_SECRET}, {}, "invalid_request", id="secret-too"),
        pytest.param({}, basic(), "invalid_request", id="another-clients-secret-too"),
        pytest.param({}, basic(client_id=CLIENT), "invalid_request", id="a-header-too"),
        pytest.param(
            {"client_assertion": "", "client_assertion_type": ""},
            basic(client_id=CLIENT),
            "invalid_client",
            id="secret-instead",
        ),
    ],
)
def test_nothing_but_an_svid_alone_lets_the_workload_in(
    workload: RelyingParty,
    trust_domain: Agent,
    changes: dict[str, str],
    headers: dict[str, str],
    error: str,
) -> None:
    token = svid(trust_domain, workload.issuer)

    answer = redeemed(workload, shown(token, **changes), **headers)

    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == error


def test_an_svid_for_somebody_else_too_is_refused(
    workload: RelyingParty, trust_domain: Agent
) -> None:
    both = trust_domain.jwt_svids([workload.issuer, "vault"], "")[0].token

    answer = redeemed(workload, shown(both))

    assert answer.json()["error"] == "invalid_client"


def test_what_the_trust_domain_signs_for_other_uses_is_no_svid(
    workload: RelyingParty, trust_domain: Agent
) -> None:
    key = trust_domain.issuer.jwt.keys[0]
    now = SystemClock().now()
    claims = claims_of("spiffe://acme.example/gatehouse", [workload.issuer], now, 300)
    header = {"alg": "ES256", "kid": key.kid}

    def push(typ: str) -> int:
        proof = shown(jwt.encode({**header, "typ": typ}, claims, key, algorithms=["ES256"]))
        return workload.post("/request", {**workload.request(), **proof}).status_code

    assert [push("JOSE"), push("at+jwt")] == [201, 401]


def test_another_clients_code_is_not_the_workloads_to_redeem(
    workload: RelyingParty, trust_domain: Agent
) -> None:
    code = workload.login()["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    proof = shown(svid(trust_domain, workload.issuer))

    answer = workload.post("/token", {**form, "code_verifier": workload.verifier, **proof})

    assert answer.json()["error"] == "invalid_grant"


def test_a_rotated_key_is_followed_and_a_forgotten_one_refused(
    workload: RelyingParty, trust_domain: Agent
) -> None:
    def push(token: str) -> int:
        return workload.post("/request", {**workload.request(), **shown(token)}).status_code

    old = svid(trust_domain, workload.issuer)
    trust_domain.rotate_jwt_keys()
    new = svid(trust_domain, workload.issuer)

    assert [push(new), push(old)] == [201, 201]

    trust_domain.rotate_jwt_keys(forget=True)
    newest = svid(trust_domain, workload.issuer)

    assert [push(newest), push(new)] == [201, 401]


def test_without_the_trust_domains_keys_nobody_is_let_in(
    log: Path, browser: httpx.Client, trust_domain: Agent
) -> None:
    options = ["--spiffe-client", "spiffe://acme.example/gatehouse"]
    with running(log, "--port", "0", *options, "--spiffe-keys", "http://127.0.0.1:1/") as idp:
        party = RelyingParty(issuer=idp.issuer, browser=browser, headers={})

        answer = party.post("/request", {**party.request(), **shown(svid(trust_domain, "x"))})

    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


def test_half_of_a_workload_is_a_mistake(log: Path) -> None:
    with (
        pytest.raises(AssertionError, match="give both, or neither"),
        running(log, "--spiffe-client", "acme"),
    ):
        pass

    assert "--spiffe-client acme: must be a SPIFFE ID" in log.read_text()


def test_the_method_is_named_as_the_draft_names_it(workload: RelyingParty) -> None:
    url = f"{workload.issuer}/.well-known/openid-configuration"

    methods = httpx.get(url, timeout=5).json()["token_endpoint_auth_methods_supported"]

    assert "spiffe_jwt" in methods
    assert "tls_client_auth" not in methods
