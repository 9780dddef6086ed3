"""Attacks by bearer token, and the token that is in order."""

import json
from collections.abc import Callable, Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from authorizer.bearer import MAX_TOKEN_CHARS, BearerJudge, Header, read_header
from authorizer.claims import TokenRefused, subject_of
from authorizer.decision import Allow, Deny, Refusal
from authorizer.document import answer
from authorizer.event import parse_event
from authorizer.jwks import Jwks
from authorizer.settings import TrustedIssuer
from events.issuer import (
    AUDIENCE,
    GOOD,
    ISSUER,
    SigningKey,
    b64,
    ec_key,
    key_set,
    rsa_key,
    signed_with_secret,
    unsigned,
)
from events.recorded import rest_authorization
from fakes.clock import NOW, StoppedClock
from trust.coordinates import AppId, TenantId
from trust.secret import Secret

Judging = Callable[[str], Allow | Deny]


def judge_of(document: bytes, algorithms: tuple[str, ...] = ("RS256", "ES256")) -> Judging:
    """Return a judge whose issuer publishes `document`."""
    clock = StoppedClock()
    issuer = TrustedIssuer(
        issuer=ISSUER,
        audience=AUDIENCE,
        jwks_url=f"{ISSUER}/jwks",
        algorithms=algorithms,
        tenant_claim="tenant_id",
        tenants=None,
    )
    keys = Jwks(issuer.jwks_url, lambda _: document, algorithms, clock)
    judge = BearerJudge(app=AppId("demo"), issuer=issuer, keys=keys, clock=clock)
    return lambda token: judge(Secret(token))


@pytest.fixture
def judge(rsa_signer: SigningKey, ec_signer: SigningKey) -> Judging:
    """Return a judge of the issuer with both keys."""
    return judge_of(key_set(rsa_signer.jwk(), ec_signer.jwk()))


def refused(verdict: Allow | Deny, refusal: Refusal = Refusal.TOKEN_INVALID) -> bool:
    return isinstance(verdict, Deny) and verdict.refusal is refusal


def test_a_token_in_order_lets_its_person_in(judge: Judging, rsa_signer: SigningKey) -> None:
    assert judge(rsa_signer.token()) == Allow(
        app=AppId("demo"),
        tenant=TenantId("acme"),
        subject=subject_of(GOOD),
        user_name="alice@acme.test",
    )


def test_a_token_on_p256_lets_its_person_in(judge: Judging, ec_signer: SigningKey) -> None:
    assert isinstance(judge(ec_signer.token()), Allow)


@pytest.mark.parametrize("kind", [None, "JWT", "jwt", "at+jwt", "application/at+jwt"])
def test_access_tokens_of_every_spelling_count(
    judge: Judging, rsa_signer: SigningKey, kind: str | None
) -> None:
    assert isinstance(judge(rsa_signer.token(typ=kind)), Allow)


@pytest.mark.parametrize("kind", ["logout+jwt", "secevent+jwt", "dpop+jwt", "", 7, ["JWT"]])
def test_another_kind_of_token_of_the_same_issuer_is_refused(
    judge: Judging, rsa_signer: SigningKey, kind: object
) -> None:
    assert refused(judge(rsa_signer.token(typ=kind)))


@pytest.mark.parametrize("algorithm", ["none", "NONE", "nOnE", "", None])
def test_alg_none(judge: Judging, rsa_signer: SigningKey, algorithm: str | None) -> None:
    header = {} if algorithm is None else {"alg": algorithm}
    message = unsigned(GOOD, kid=rsa_signer.kid, **header)

    assert refused(judge(f"{message}."))
    assert refused(judge(f"{message}.AA"))


def test_hs256_signed_with_the_rsa_public_key(judge: Judging, rsa_signer: SigningKey) -> None:
    public = rsa_signer.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    jwk = json.dumps(rsa_signer.jwk()).encode()

    for secret in (pem, pem.strip(), der, jwk):
        assert refused(judge(signed_with_secret(secret, kid=rsa_signer.kid)))


def test_a_shared_key_in_the_key_set_verifies_nothing(rsa_signer: SigningKey) -> None:
    secret = b"k" * 32
    planted = {"kty": "oct", "k": b64(secret), "kid": "oct-1"}
    judging = judge_of(key_set(rsa_signer.jwk(), planted))

    assert refused(judging(signed_with_secret(secret, kid="oct-1")))


def test_an_algorithm_that_is_not_pinned(rsa_signer: SigningKey, ec_signer: SigningKey) -> None:
    judging = judge_of(key_set(rsa_signer.jwk(), ec_signer.jwk()), algorithms=("RS256",))

    assert isinstance(judging(rsa_signer.token()), Allow)
    assert refused(judging(ec_signer.token()))


def test_an_algorithm_that_does_not_fit_the_key(
    judge: Judging, rsa_signer: SigningKey, ec_signer: SigningKey
) -> None:
    assert refused(judge(rsa_signer.token(alg="ES256")))
    assert refused(judge(ec_signer.token(alg="RS256")))
    assert refused(judge(rsa_signer.token(alg="PS256")))
    assert refused(judge(rsa_signer.token(alg=["RS256"])))


def test_another_key_under_the_same_name(judge: Judging, rsa_signer: SigningKey) -> None:
    assert refused(judge(rsa_key(rsa_signer.kid).token()))


def test_a_key_that_the_token_brings_along(judge: Judging) -> None:
    own = rsa_key("evil")

    assert refused(judge(own.token(kid=None, jwk=own.jwk())))
    assert refused(judge(own.token(jku="https://evil.test/jwks", x5u="https://evil.test/x")))


def test_kid_missing_with_two_keys(rsa_signer: SigningKey) -> None:
    second = rsa_key("rsa-2")
    judging = judge_of(key_set(rsa_signer.jwk(), second.jwk()))

    assert refused(judging(rsa_signer.token(kid=None)))
    assert isinstance(judging(rsa_signer.token()), Allow)


def test_kid_missing_with_one_key_means_that_one(judge: Judging, rsa_signer: SigningKey) -> None:
    assert isinstance(judge(rsa_signer.token(kid=None)), Allow)


def test_two_keys_of_one_name_are_no_key(rsa_signer: SigningKey) -> None:
    judging = judge_of(key_set(rsa_signer.jwk(), rsa_key(rsa_signer.kid).jwk()))

    assert refused(judging(rsa_signer.token()))


@pytest.mark.parametrize("kid", [7, ["rsa-1"], {"a": 1}, True])
def test_a_kid_that_is_no_text(judge: Judging, rsa_signer: SigningKey, kid: object) -> None:
    assert refused(judge(rsa_signer.token(kid=kid)))


def test_an_extension_that_is_not_understood(judge: Judging, rsa_signer: SigningKey) -> None:
    assert refused(judge(rsa_signer.token(crit=["b64"], b64=False)))
    assert refused(judge(rsa_signer.token(crit=[])))


def test_a_header_is_read_by_what_is_configured() -> None:
    token = Secret(f"{unsigned(GOOD, alg='ES256', kid='k', typ='JWT')}.AA")

    assert read_header(token, ("RS256", "ES256")) == Header(algorithm="ES256", kid="k")
    with pytest.raises(TokenRefused, match="algorithm"):
        read_header(token, ("RS256",))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "rs256", ["RS256"], None, 7])
def test_a_header_with_another_algorithm_leads_to_no_key(algorithm: object) -> None:
    with pytest.raises(TokenRefused, match="algorithm"):
        read_header(Secret(f"{unsigned(GOOD, alg=algorithm)}.AA"), ("RS256",))


def test_a_header_with_an_odd_kid_leads_to_no_key() -> None:
    with pytest.raises(TokenRefused, match="kid"):
        read_header(Secret(f"{unsigned(GOOD, alg='RS256', kid=['k'])}.AA"), ("RS256",))


def test_a_tampered_payload(judge: Judging, rsa_signer: SigningKey) -> None:
    header, _, signature = rsa_signer.token().split(".")
    payload = b64(json.dumps({**GOOD, "tenant_id": "globex"}).encode())

    assert refused(judge(f"{header}.{payload}.{signature}"))


def test_a_tampered_signature(judge: Judging, ec_signer: SigningKey) -> None:
    message, _, signature = ec_signer.token().rpartition(".")
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]

    assert refused(judge(f"{message}.{flipped}"))
    assert refused(judge(f"{message}.{b64(bytes(64))}"))
    assert refused(judge(f"{message}.{b64(b'x')}"))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"aud": "https://other.test"}, id="wrong audience"),
        pytest.param({"iss": "https://evil.test"}, id="wrong issuer"),
        pytest.param({"exp": NOW - 3600}, id="expired"),
        pytest.param({"nbf": NOW + 3600}, id="not yet valid"),
        pytest.param({"iat": NOW + 3600}, id="issued in the future"),
    ],
)
def test_a_well_signed_token_that_does_not_count(
    judge: Judging, rsa_signer: SigningKey, changes: dict[str, object]
) -> None:
    assert refused(judge(rsa_signer.token({**GOOD, **changes})))


def test_another_organisation_than_ours(judge: Judging, rsa_signer: SigningKey) -> None:
    stranger = rsa_signer.token({**GOOD, "tenant_id": "Acme Inc."})

    assert refused(judge(stranger), Refusal.TENANT_UNKNOWN)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("abc", id="opaque"),
        pytest.param("a.b", id="two parts"),
        pytest.param("a.b.c.d.e", id="encrypted"),
        pytest.param("..", id="nothing in three parts"),
        pytest.param("a.b.c ", id="white space"),
        pytest.param("a.b.c\n", id="line end"),
        pytest.param("ä.b.c", id="not ASCII"),
        pytest.param("A.b.c", id="header that is no base64"),
        pytest.param(f"{b64(b'{')}.b.c", id="header that is no JSON"),
        pytest.param(f"{b64(b'[]')}.b.c", id="header that is no object"),
        pytest.param(b64(bytes([255, 254])) + ".b.c", id="header that is no text"),
        pytest.param(f"{b64(b'[' * 9000)}.b.c", id="header that is too deep"),
        pytest.param("a" * 2_000_000 + ".b.c", id="2 MB"),
    ],
)
def test_what_is_no_token(judge: Judging, token: str) -> None:
    assert refused(judge(token))


@pytest.mark.parametrize(
    "payload",
    [b"{", b"[]", b'"text"', b"\xff", b"[" * 9000, b'{"exp": ' + b"9" * 5000 + b"}"],
    ids=["no JSON", "a list", "a text", "no UTF-8", "too deep", "a number without end"],
)
def test_a_well_signed_payload_that_is_no_object(
    judge: Judging, rsa_signer: SigningKey, payload: bytes
) -> None:
    assert refused(judge(rsa_signer.token(payload)))


def test_a_token_just_short_enough_is_looked_at(judge: Judging, rsa_signer: SigningKey) -> None:
    room = MAX_TOKEN_CHARS - len(rsa_signer.token({**GOOD, "pad": ""}))
    padded = rsa_signer.token({**GOOD, "pad": "x" * (room * 3 // 4 - 3)})
    longer = rsa_signer.token({**GOOD, "pad": "x" * (room * 3 // 4 + 3)})

    assert len(padded) <= MAX_TOKEN_CHARS < len(longer)
    assert isinstance(judge(padded), Allow)
    assert refused(judge(longer))


def test_an_ec_key_on_another_curve_verifies_nothing() -> None:
    wide = ec_key("ec-384", ec.SECP384R1())
    judging = judge_of(key_set(wide.jwk()))
    message = unsigned(GOOD, alg="ES256", kid="ec-384")

    assert refused(judging(f"{message}.{b64(bytes(96))}"))


HOSTILE: Mapping[str, object] = {
    **GOOD,
    "username": "\r\nX-Admin: 1",
    "preferred_username": "😀" * 128,
    "email": "e" * 6000,
    "sub": '"\\' * 127,
    "padding": "p" * 4000,
}


def test_oversized_claims_keep_the_context_small(judge: Judging, rsa_signer: SigningKey) -> None:
    verdict = judge(rsa_signer.token(HOSTILE))

    context = answer(verdict, parse_event(rest_authorization()))["context"]
    text = json.dumps(context)
    assert len(text) < 8192
    assert "X-Admin" not in text
    assert isinstance(context, dict)
    assert all(isinstance(value, str) and value.isprintable() for value in context.values())


def test_no_token_is_ever_part_of_the_answer(judge: Judging, rsa_signer: SigningKey) -> None:
    for claims in (GOOD, {**GOOD, "exp": 0}):
        token = rsa_signer.token(claims)
        text = json.dumps(answer(judge(token), parse_event(rest_authorization())))
        assert not any(part in text for part in token.split("."))
