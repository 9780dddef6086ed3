"""AssumeRoleWithWebIdentity as boto3 sees it (STS API Reference, OpenID Connect Core §3.1.3.7)."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from devstack.aws.sts.identities import Identities
from devstack.aws.sts.provider import KeysUnavailable, Provider

ISSUER = "http://127.0.0.1:9400"
NAME = "127.0.0.1:9400"
PROVIDER_ARN = f"arn:aws:iam::123456789012:oidc-provider/{NAME}"
ROLE = "gatehouse-data-hello"
TAGS_CLAIM = "https://aws.amazon.com/tags"
SOURCE_CLAIM = "https://aws.amazon.com/source_identity"

RSA_KEY = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC_KEY = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
STRANGE_KEY = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})


def public_keys() -> Mapping[str, object]:
    keys: Any = KeySet([RSA_KEY, EC_KEY]).as_dict(private=False)
    return dict(keys)


def unreachable() -> Mapping[str, object]:
    raise KeysUnavailable("connection refused")


@pytest.fixture
def federated(account: Any) -> Any:
    """The account with a provider, and a role that trusts it."""
    register(account, public_keys)
    trusted(account)
    return account


def register(account: Any, jwks: Any) -> None:
    provider = Provider(
        issuer=ISSUER, account="123456789012", client_ids=frozenset({"gatehouse"}), jwks=jwks
    )
    bff = account.owner({"AccessKeyId": "AKIAGATEHOUSEBFF0000"})
    account.identities = Identities([bff], providers=[provider])


def trusted(account: Any, **elements: Any) -> None:
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"]
    account.trust(ROLE, {"Federated": PROVIDER_ARN}, **({"Action": actions} | elements))


def claims(account: Any, **changes: Any) -> dict[str, Any]:
    base = {
        "iss": ISSUER,
        "aud": "gatehouse",
        "sub": "alice",
        "iat": account.now - 10,
        "exp": account.now + 300,
    }
    return {key: value for key, value in (base | changes).items() if value is not None}


def signed(content: Mapping[str, Any], key: Any = RSA_KEY, algorithm: str = "RS256") -> str:
    header = {"alg": algorithm, "kid": key.kid}
    return jwt.encode(header, dict(content), key, algorithms=[algorithm])


def wish(account: Any, token: str, **parameters: Any) -> dict[str, Any]:
    base = {"RoleArn": account.roles[ROLE].arn, "RoleSessionName": "alice-1"}
    return {**base, "WebIdentityToken": token, **parameters}


def refusal(account: Any, token: str, **parameters: Any) -> tuple[str, int, str]:
    client = account.client(signed=False)
    with pytest.raises(ClientError) as caught:
        client.assume_role_with_web_identity(**wish(account, token, **parameters))
    answer: Any = caught.value.response
    error = answer["Error"]
    return error["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


@pytest.mark.parametrize(("key", "algorithm"), [(RSA_KEY, "RS256"), (EC_KEY, "ES256")])
def test_a_token_opens_a_session_without_a_signature(
    federated: Any, key: Any, algorithm: str
) -> None:
    token = signed(claims(federated), key, algorithm)

    answer = federated.client(signed=False).assume_role_with_web_identity(
        **wish(federated, token, DurationSeconds=7200)
    )

    session = federated.owner(answer["Credentials"])
    assert answer["SubjectFromWebIdentityToken"] == "alice"
    assert answer["Audience"] == "gatehouse"
    assert answer["Provider"] == session.federated_provider == PROVIDER_ARN
    assert session.arn.endswith(f"assumed-role/{ROLE}/alice-1")
    assert session.expires_at == federated.now + 7200


def test_tags_and_source_identity_come_from_the_token(federated: Any, inline_policy: str) -> None:
    token = signed(
        claims(
            federated,
            **{
                TAGS_CLAIM: {
                    "principal_tags": {"tenant_id": ["acme"], "app_id": ["demo"]},
                    "transitive_tag_keys": ["tenant_id"],
                },
                SOURCE_CLAIM: "alice@acme.test",
            },
        )
    )

    answer = federated.client(signed=False).assume_role_with_web_identity(
        **wish(federated, token, Policy=inline_policy)
    )

    session = federated.owner(answer["Credentials"])
    assert session.tags == {"team": "agents", "tenant_id": "acme", "app_id": "demo"}
    assert session.transitive_tag_keys == ("tenant_id",)
    assert session.source_identity == answer["SourceIdentity"] == "alice@acme.test"
    assert len(session.session_policies) == 1
    assert answer["PackedPolicySize"] > 0


class TestTokens:
    def test_a_providers_clock_may_run_ahead_a_little(self, federated: Any) -> None:
        token = signed(claims(federated, nbf=federated.now + 300))

        client = federated.client(signed=False)
        assert client.assume_role_with_web_identity(**wish(federated, token))["Credentials"]

    @pytest.mark.parametrize("audience", [["other", "gatehouse"], ["gatehouse"]])
    def test_one_of_several_audiences_is_enough(self, federated: Any, audience: Any) -> None:
        token = signed(claims(federated, aud=audience))

        client = federated.client(signed=False)
        answer = client.assume_role_with_web_identity(**wish(federated, token))
        assert answer["Audience"] == "gatehouse"

    @pytest.mark.parametrize(
        ("changes", "code", "status", "message"),
        [
            ({"iss": "http://127.0.0.1:9401"}, "InvalidIdentityToken", 400, "No OpenIDConnect"),
            ({"iss": f"{ISSUER}/"}, "InvalidIdentityToken", 400, "No OpenIDConnect"),
            ({"iss": None}, "InvalidIdentityToken", 400, "iss"),
            ({"aud": "other"}, "InvalidIdentityToken", 400, "Incorrect token audience"),
            ({"aud": []}, "InvalidIdentityToken", 400, "Incorrect token audience"),
            ({"aud": None}, "InvalidIdentityToken", 400, "Incorrect token audience"),
            ({"sub": None}, "InvalidIdentityToken", 400, "sub"),
            ({"sub": ""}, "InvalidIdentityToken", 400, "sub"),
            ({"exp": None}, "InvalidIdentityToken", 400, "exp"),
            ({"exp": "soon"}, "InvalidIdentityToken", 400, "exp"),
            ({"exp": 1_795_000_000}, "ExpiredTokenException", 400, "must be before"),
            ({"nbf": 1_795_000_301}, "IDPRejectedClaim", 403, "not valid yet"),
            ({"iat": 1_795_000_301}, "IDPRejectedClaim", 403, "not valid yet"),
            ({TAGS_CLAIM: "x"}, "IDPRejectedClaim", 403, "documented form"),
            ({TAGS_CLAIM: {"principal_tags": {"a": "b"}}}, "IDPRejectedClaim", 403, "one value"),
            (
                {TAGS_CLAIM: {"principal_tags": {"a": ["b", "c"]}}},
                "IDPRejectedClaim",
                403,
                "one value",
            ),
            ({TAGS_CLAIM: {"principal_tags": {"a": [1]}}}, "IDPRejectedClaim", 403, "a string"),
            ({TAGS_CLAIM: {"principal_tags": {"a": ["*"]}}}, "ValidationError", 400, "pattern"),
            (
                {TAGS_CLAIM: {"principal_tags": {"a": ["b"]}, "transitive_tag_keys": ["c"]}},
                "InvalidParameterValue",
                400,
                "must be included",
            ),
            ({SOURCE_CLAIM: ["alice"]}, "IDPRejectedClaim", 403, "not a string"),
            ({SOURCE_CLAIM: "a b"}, "ValidationError", 400, "sourceIdentity"),
        ],
    )
    def test_a_claim_that_is_not_right(
        self, federated: Any, changes: dict[str, Any], code: str, status: int, message: str
    ) -> None:
        told = refusal(federated, signed(claims(federated, **changes)))

        assert told[:2] == (code, status)
        assert message in told[2]

    @pytest.mark.parametrize(
        "token",
        [
            pytest.param("junk", id="junk"),
            pytest.param("a.b.c", id="not base64"),
            pytest.param("e30.bnVsbA.e30", id="a payload that is no object"),
            pytest.param("ü.ü.ü", id="not ASCII"),
            pytest.param("a.b.c.d.e", id="an encrypted token"),
        ],
    )
    def test_what_is_not_a_token(self, federated: Any, token: str) -> None:
        assert refusal(federated, token)[:2] == ("InvalidIdentityToken", 400)

    def test_a_signature_by_another_key(self, federated: Any) -> None:
        told = refusal(federated, signed(claims(federated), STRANGE_KEY))

        assert told[0] == "InvalidIdentityToken"
        assert "signature" in told[2]

    def test_a_payload_that_was_changed(self, federated: Any) -> None:
        header, _, signature = signed(claims(federated)).split(".")
        forged = json.dumps(claims(federated, sub="mallory")).encode()
        payload = base64.urlsafe_b64encode(forged).rstrip(b"=").decode()

        assert refusal(federated, f"{header}.{payload}.{signature}")[0] == "InvalidIdentityToken"

    def test_no_algorithm_and_shared_secrets_are_not_taken(self, federated: Any) -> None:
        payload = json.dumps(claims(federated)).encode()
        body = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
        header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
        secret = OctKey.generate_key(256, {"kid": "rsa"})

        assert refusal(federated, f"{header}.{body}.")[0] == "InvalidIdentityToken"
        shared = signed(claims(federated), secret, "HS256")
        assert refusal(federated, shared)[0] == "InvalidIdentityToken"

    def test_a_provider_that_cannot_be_reached(self, federated: Any) -> None:
        register(federated, unreachable)

        told = refusal(federated, signed(claims(federated)))
        assert told[:2] == ("IDPCommunicationError", 400)

    @pytest.mark.parametrize("document", [{}, {"keys": []}, {"keys": [{"kty": "RSA"}]}])
    def test_keys_that_are_none(self, federated: Any, document: dict[str, Any]) -> None:
        register(federated, lambda: document)

        told = refusal(federated, signed(claims(federated)))
        assert told[0] == "InvalidIdentityToken"
        assert "verification key" in told[2]


class TestAuthorization:
    def test_a_role_that_trusts_another_provider(self, federated: Any) -> None:
        federated.trust(
            ROLE,
            {"Federated": "accounts.google.com"},
            Action="sts:AssumeRoleWithWebIdentity",
        )

        told = refusal(federated, signed(claims(federated)))
        assert told[:2] == ("AccessDenied", 403)
        assert told[2] == "Not authorized to perform sts:AssumeRoleWithWebIdentity"

    def test_a_role_that_is_not_there(self, federated: Any) -> None:
        arn = "arn:aws:iam::123456789012:role/nobody"

        assert refusal(federated, signed(claims(federated)), RoleArn=arn)[0] == "AccessDenied"

    @pytest.mark.parametrize(
        ("changes", "missing"),
        [
            ({TAGS_CLAIM: {"principal_tags": {"a": ["b"]}}}, "sts:TagSession"),
            ({SOURCE_CLAIM: "alice"}, "sts:SetSourceIdentity"),
        ],
    )
    def test_tags_and_source_identity_must_be_trusted_too(
        self, federated: Any, changes: dict[str, Any], missing: str
    ) -> None:
        trusted(federated, Action="sts:AssumeRoleWithWebIdentity")

        told = refusal(federated, signed(claims(federated, **changes)))
        assert told[::2] == ("AccessDenied", f"Not authorized to perform {missing}")

    def test_conditions_see_the_tokens_subject_audience_and_tags(self, federated: Any) -> None:
        trusted(
            federated,
            Condition={
                "StringEquals": {
                    f"{NAME}:sub": "alice",
                    f"{NAME}:aud": "gatehouse",
                    "aws:RequestTag/tenant_id": "acme",
                    "sts:RoleSessionName": "alice-1",
                },
                "ForAnyValue:StringEquals": {f"{NAME}:amr": "mfa"},
            },
        )
        tags = {TAGS_CLAIM: {"principal_tags": {"tenant_id": ["acme"]}}}
        right = claims(federated, amr=["pwd", "mfa"], **tags)

        client = federated.client(signed=False)
        assert client.assume_role_with_web_identity(**wish(federated, signed(right)))
        for wrong in ({"sub": "bob"}, {"amr": ["pwd"]}, {TAGS_CLAIM: None}):
            content = {k: v for k, v in (right | wrong).items() if v is not None}
            assert refusal(federated, signed(content))[0] == "AccessDenied"

    def test_the_roles_own_limit_counts_and_not_the_one_of_chains(self, federated: Any) -> None:
        told = refusal(federated, signed(claims(federated)), DurationSeconds=7201)

        assert told[0] == "ValidationError"
        assert "MaxSessionDuration" in told[2]

    @pytest.mark.parametrize(
        ("parameters", "message"),
        [
            ({"WebIdentityToken": "a"}, "'webIdentityToken'"),
            ({"RoleSessionName": "a b"}, "'roleSessionName'"),
            ({"ProviderId": "www.amazon.com"}, "ProviderId"),
        ],
    )
    def test_parameters_have_the_same_limits(
        self, federated: Any, parameters: dict[str, Any], message: str
    ) -> None:
        given = {"token": signed(claims(federated))} | parameters
        token = given.pop("WebIdentityToken", given.pop("token"))

        told = refusal(federated, token, **given)
        assert told[0] == "ValidationError"
        assert re.search(message, told[2])
