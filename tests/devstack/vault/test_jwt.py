"""Logging in with a JWT: whose signature, for whom, about whom, until when."""

import base64
import hmac
import json
from collections.abc import Mapping

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hvac.exceptions import InvalidRequest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

from devstack.vault.engines.signing_keys import KeyPairs
from fakes.clock import NOW, StoppedClock
from fakes.loopback import Call, Reply, serving
from fakes.vault import AUDIENCE, RunningVault
from fakes.vault_client import Client
from fakes.vault_issuer import Issuer, issuer_key

ME = "spiffe://example.org/gatehouse"
GOOD: Mapping[str, object] = {"sub": ME, "aud": AUDIENCE, "iat": NOW, "exp": NOW + 300}


@pytest.fixture
def role(running: RunningVault) -> str:
    running.jwt_role("gate", ME, token_policies=["p"], token_ttl="20m", token_max_ttl="1h")
    return "gate"


def logged_in(client: Client, role: str, token: str) -> Mapping[str, object]:
    auth: Mapping[str, object] = client.auth.jwt.jwt_login(role, token)["auth"]
    return auth


def test_whoever_is_meant_gets_a_token(
    running: RunningVault, role: str, nobody: Client, clock: StoppedClock
) -> None:
    auth = logged_in(nobody, role, running.issuer.token(**GOOD))

    assert auth["policies"] == ["default", "p"]
    assert (auth["lease_duration"], auth["orphan"]) == (1200, True)
    assert auth["metadata"] == {"role": "gate"}
    assert auth["entity_id"]


def test_the_same_caller_is_the_same_entity(
    running: RunningVault, role: str, nobody: Client
) -> None:
    first, second = (logged_in(nobody, role, running.jwt(ME)) for _ in range(2))

    assert first["client_token"] != second["client_token"]
    assert first["entity_id"] == second["entity_id"]


def test_no_renewal_goes_beyond_the_roles_maximum(
    running: RunningVault, role: str, nobody: Client, clock: StoppedClock
) -> None:
    logged_in(nobody, role, running.jwt(ME))
    left = []
    for _ in range(3):
        clock.advance(1000)
        left.append(nobody.auth.token.renew_self()["auth"]["lease_duration"])

    assert left == [1200, 1200, 600]


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        pytest.param({"sub": "spiffe://example.org/other"}, "subject", id="somebody else"),
        pytest.param({"aud": "another-service"}, "audience", id="for somebody else"),
        pytest.param({"aud": None}, "audience", id="for nobody"),
        pytest.param({"exp": NOW - 61}, "expired", id="over"),
        pytest.param({"nbf": NOW + 61}, "not yet valid", id="not yet"),
        pytest.param({"iat": NOW + 61, "nbf": NOW}, "in the future", id="from the future"),
        pytest.param({"exp": None, "iat": NOW - 211}, "expired", id="old and without an end"),
        pytest.param({"exp": None, "iat": None}, "no issued at", id="without any time"),
        pytest.param({"exp": "soon"}, "not a number", id="an end that is no number"),
    ],
)
def test_a_token_that_says_something_else_is_refused(
    changed: Mapping[str, object], text: str, running: RunningVault, role: str, nobody: Client
) -> None:
    claims = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}

    with pytest.raises(InvalidRequest, match=text):
        logged_in(nobody, role, running.issuer.token(**claims))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"exp": NOW - 59}, id="over a moment ago"),
        pytest.param({"nbf": NOW + 59}, id="valid in a moment"),
        pytest.param({"exp": None, "iat": NOW - 150}, id="without an end, and young"),
        pytest.param({"exp": NOW + 60, "iat": None}, id="without a beginning"),
        pytest.param({"aud": ["other", AUDIENCE]}, id="for several"),
    ],
)
def test_a_little_leeway_is_given(
    changed: Mapping[str, object], running: RunningVault, role: str, nobody: Client
) -> None:
    claims = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}

    assert logged_in(nobody, role, running.issuer.token(**claims))


def test_vaults_clock_decides(running: RunningVault, role: str, nobody: Client) -> None:
    token = running.jwt(ME, lives_s=300)
    running.core.clock.skew_s = 361

    with pytest.raises(InvalidRequest, match="expired"):
        logged_in(nobody, role, token)


def forged(header: Mapping[str, object]) -> str:
    parts = [json.dumps(header).encode(), json.dumps(dict(GOOD)).encode(), b""]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_a_token_without_a_signature_is_refused(
    running: RunningVault, role: str, nobody: Client
) -> None:
    for algorithm in ("none", "None", ""):
        with pytest.raises(InvalidRequest, match="verifying token signature"):
            logged_in(nobody, role, forged({"alg": algorithm, "kid": "issuer"}))


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(
    running: RunningVault, role: str, nobody: Client
) -> None:
    # What a verifier falls for that lets the token choose the algorithm.
    shared = running.issuer.pem.encode()
    signed, _, _ = forged({"alg": "HS256", "typ": "JWT"}).rpartition(".")
    mark = base64.urlsafe_b64encode(hmac.digest(shared, signed.encode(), "sha256"))
    forgery = f"{signed}.{mark.decode().rstrip('=')}"

    with pytest.raises(InvalidRequest, match="verifying token signature"):
        logged_in(nobody, role, forgery)


def test_a_token_of_another_key_is_refused(role: str, nobody: Client) -> None:
    # The name of the right key is no help.
    other = ECKey.generate_key("P-256", parameters={"kid": "issuer"})

    with pytest.raises(InvalidRequest, match="verifying token signature"):
        logged_in(nobody, role, Issuer(key=other).token(**GOOD))


def test_a_token_that_was_changed_is_refused(
    running: RunningVault, role: str, nobody: Client
) -> None:
    head, _, mark = running.issuer.token(**{**GOOD, "sub": "spiffe://example.org/x"}).split(".")
    body = base64.urlsafe_b64encode(json.dumps(dict(GOOD)).encode()).decode().rstrip("=")

    with pytest.raises(InvalidRequest, match="verifying token signature"):
        logged_in(nobody, role, f"{head}.{body}.{mark}")


@pytest.mark.parametrize("token", ["x", "a.b.c", "...."])
def test_what_is_no_token_is_refused(token: str, role: str, nobody: Client) -> None:
    with pytest.raises(InvalidRequest, match="error validating token"):
        logged_in(nobody, role, token)


def test_a_payload_that_is_no_object_is_refused(
    running: RunningVault, role: str, nobody: Client
) -> None:
    header = {"alg": "ES256"}
    token = jws.serialize_compact(header, b"[]", running.issuer.key)

    with pytest.raises(InvalidRequest, match="error validating token"):
        logged_in(nobody, role, token)


def test_an_algorithm_that_was_not_configured_is_refused(
    running: RunningVault, role: str, nobody: Client
) -> None:
    running.write(
        "auth/jwt/config",
        jwt_validation_pubkeys=[running.issuer.pem],
        jwt_supported_algs=["RS256"],
    )

    with pytest.raises(InvalidRequest, match="verifying token signature"):
        logged_in(nobody, role, running.jwt(ME))


def test_an_issuer_that_is_bound_has_to_be_named(
    running: RunningVault, role: str, nobody: Client
) -> None:
    issuer = "https://spire.example.org"
    running.write(
        "auth/jwt/config", jwt_validation_pubkeys=[running.issuer.pem], bound_issuer=issuer
    )
    with pytest.raises(InvalidRequest, match="invalid issuer"):
        logged_in(nobody, role, running.jwt(ME))

    assert logged_in(nobody, role, running.jwt(ME, iss=issuer))
    assert running.read("auth/jwt/config")["data"]["bound_issuer"] == issuer


def test_an_unknown_role_is_refused(running: RunningVault, role: str, nobody: Client) -> None:
    with pytest.raises(InvalidRequest, match='role "other" could not be found'):
        logged_in(nobody, "other", running.jwt(ME))
    with pytest.raises(InvalidRequest, match="missing role"):
        nobody.adapter.post("/v1/auth/jwt/login", json={"jwt": "x"})
    with pytest.raises(InvalidRequest, match="missing token"):
        nobody.adapter.post("/v1/auth/jwt/login", json={"role": role})


def test_a_role_may_stand_in_for_a_missing_one(running: RunningVault, nobody: Client) -> None:
    running.jwt_role("gate", ME)
    pems = [running.issuer.pem]
    running.write("auth/jwt/config", jwt_validation_pubkeys=pems, default_role="gate")

    said = nobody.adapter.post("/v1/auth/jwt/login", json={"jwt": running.jwt(ME)})

    assert said["auth"]["metadata"]["role"] == "gate"


@pytest.mark.parametrize(
    ("bound", "kind", "fits"),
    [
        ({"tenant": "acme"}, "string", True),
        ({"tenant": ["globex", "acme"]}, "string", True),
        ({"tenant": "glob*"}, "string", False),
        ({"tenant": "ac*"}, "glob", True),
        ({"tenant": "a?me"}, "glob", False),
        ({"groups": "two"}, "string", True),
        ({"level": 3}, "string", True),
        ({"level": "3"}, "string", False),
        ({"on": 1}, "string", False),
        ({"missing": "x"}, "string", False),
    ],
)
def test_bound_claims_have_to_fit(
    bound: Mapping[str, object], kind: str, *, fits: bool, running: RunningVault, nobody: Client
) -> None:
    running.jwt_role("gate", ME, bound_claims=bound, bound_claims_type=kind)
    token = running.jwt(ME, tenant="acme", groups=["one", "two"], level=3, on=True)

    if fits:
        assert logged_in(nobody, "gate", token)
    else:
        with pytest.raises(InvalidRequest, match="error validating claims"):
            logged_in(nobody, "gate", token)


def test_claims_become_metadata_if_the_role_says_so(running: RunningVault, nobody: Client) -> None:
    running.jwt_role("gate", ME, claim_mappings={"tenant": "tenant_id", "none": "n"})

    auth = logged_in(nobody, "gate", running.jwt(ME, tenant="acme"))

    assert auth["metadata"] == {"role": "gate", "tenant_id": "acme"}


@pytest.mark.parametrize(("subject", "text"), [(None, "not found"), (7, "converted to string")])
def test_a_caller_without_a_name_is_refused(
    subject: object, text: str, running: RunningVault, nobody: Client
) -> None:
    running.jwt_role("gate", "", user_claim="user")
    named = {} if subject is None else {"user": subject}

    with pytest.raises(InvalidRequest, match=text):
        logged_in(nobody, "gate", running.issuer.token(**{**GOOD, **named}))


def test_an_audience_that_no_role_expects_is_refused(running: RunningVault, nobody: Client) -> None:
    running.jwt_role("gate", ME, bound_audiences=[])

    with pytest.raises(InvalidRequest, match="no audiences bound to the role"):
        logged_in(nobody, "gate", running.jwt(ME))


@pytest.mark.parametrize(
    ("terms", "text"),
    [
        ({"bound_subject": "", "bound_audiences": []}, "at least one bound constraint"),
        ({"user_claim": ""}, "user claim"),
        ({"role_type": "oidc"}, "role_type"),
        ({"bound_claims_type": "regex"}, "bound_claims_type"),
        ({"token_ttl": "2h", "token_max_ttl": "1h"}, "cannot be greater"),
        ({"token_type": "made-up"}, "token_type"),
        ({"token_type": "batch", "token_period": "1h"}, "cannot be 'batch'"),
        ({"token_bound_cidrs": ["10.0.0.0/8"]}, "token_bound_cidrs"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(
    terms: Mapping[str, object], text: str, running: RunningVault, root: Client
) -> None:
    running.method("jwt")
    whole = {"user_claim": "sub", "bound_subject": ME, "bound_audiences": ["vault"], **terms}

    with pytest.raises(InvalidRequest, match=text):
        root.adapter.post("/v1/auth/jwt/role/r", json=whole)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({}, "exactly one of"),
        ({"jwks_url": "http://x", "jwt_validation_pubkeys": ["y"]}, "exactly one of"),
        ({"jwt_validation_pubkeys": ["no key"]}, "parsing public key"),
        ({"jwks_url": "http://x", "jwt_supported_algs": ["HS256"]}, "unsupported"),
        ({"jwks_url": "http://x", "jwt_supported_algs": ["none"]}, "unsupported"),
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(
    config: Mapping[str, object], text: str, running: RunningVault, root: Client
) -> None:
    running.method("jwt")
    with pytest.raises(InvalidRequest, match=text):
        root.adapter.post("/v1/auth/jwt/config", json=config)

    with pytest.raises(InvalidRequest, match="could not load configuration"):
        root.adapter.get("/v1/auth/jwt/config")


def test_a_role_is_read_as_it_was_written(running: RunningVault, role: str, root: Client) -> None:
    read = root.auth.jwt.read_role(role)["data"]

    assert (read["bound_subject"], read["bound_audiences"]) == (ME, [AUDIENCE])
    assert (read["token_ttl"], read["token_max_ttl"]) == (1200, 3600)
    assert read["token_policies"] == ["p"]
    assert root.auth.jwt.list_roles()["data"]["keys"] == ["gate"]
    root.auth.jwt.delete_role(role)
    with pytest.raises(InvalidRequest, match="could not be found"):
        logged_in(root, role, running.jwt(ME))


def keys_at(document: object) -> bytes:
    return json.dumps(document).encode()


def test_keys_come_from_a_url_spiffe_bundles_included(
    running: RunningVault, nobody: Client
) -> None:
    # As SPIRE publishes them: one key for tokens, one for certificates.
    jwt_key = {**issuer_key().as_dict(private=False), "use": "jwt-svid"}
    x509_key = {"kty": "EC", "use": "x509-svid"}
    running.jwt_role("gate", ME)

    def bundle(call: Call) -> Reply:
        return Reply(body=keys_at({"keys": [x509_key, jwt_key]}))

    with serving(bundle) as url:
        running.write("auth/jwt/config", jwks_url=f"{url}/keys")
        assert logged_in(nobody, "gate", running.jwt(ME))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=500),
        Reply(body=b"no json"),
        Reply(body=b"[]"),
        Reply(body=b"{}"),
        Reply(body=keys_at({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]})),
        Reply(body=keys_at({"keys": [{"kty": "EC"}]})),
    ],
)
def test_keys_that_cannot_be_had_let_nobody_in(
    reply: Reply, running: RunningVault, nobody: Client
) -> None:
    running.jwt_role("gate", ME)
    with serving(lambda _: reply) as url:
        running.write("auth/jwt/config", jwks_url=url)

        with pytest.raises(InvalidRequest, match="jwks"):
            logged_in(nobody, "gate", running.jwt(ME))


def test_an_rsa_key_does_as_well(running: RunningVault, nobody: Client) -> None:
    pair = KeyPairs().draw("rsa-2048")
    pem = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = RSAKey.import_key(pem)
    running.jwt_role("gate", ME)
    running.write("auth/jwt/config", jwt_validation_pubkeys=[key.as_pem(private=False).decode()])

    assert logged_in(nobody, "gate", jwt.encode({"alg": "RS256"}, dict(GOOD), key))


def test_a_templated_policy_sees_who_logged_in(
    running: RunningVault, role: str, nobody: Client
) -> None:
    accessor = running.core.spaces.named("").mounts["auth/jwt/"].accessor
    running.put("of/alice", a="1")
    running.put("of/bob", a="2")
    name = f"{{{{identity.entity.aliases.{accessor}.name}}}}"
    running.policy("p", f'path "secret/data/of/{name}" {{ capabilities = ["read"] }}')
    running.jwt_role("people", "alice", token_policies=["p"])
    logged_in(nobody, "people", running.jwt("alice"))

    assert nobody.adapter.get("/v1/secret/data/of/alice")["data"]["data"] == {"a": "1"}
    with pytest.raises(Exception, match="permission denied"):
        nobody.adapter.get("/v1/secret/data/of/bob")
