"""What an identity has to say before it is presented as ours."""

import base64
import json
from typing import Any

import pytest

from trust.clock import NumericDate
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.spiffe.identity import LEAST_LEFT_S, LONGEST_CHARS, checked_jwt
from trust.secrets.spiffe.spiffe_id import expected

NOW = NumericDate(4_000_000_000)
US = "spiffe://acme.example/gatehouse"
CLAIMS: dict[str, Any] = {"sub": US, "aud": ["vault"], "exp": NOW + 300}


def part(what: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=").decode()


def token(header: object = None, **changes: object) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return f"{part(header or {'alg': 'ES256'})}.{part(claims)}.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        pytest.param({}, NOW + 300, id="as-spire-makes-them"),
        pytest.param({"aud": "vault"}, NOW + 300, id="one-audience-by-itself"),
        pytest.param({"aud": ["other", "vault"]}, NOW + 300, id="one-of-several"),
        pytest.param({"exp": NOW + 20.9}, NOW + 20, id="part-of-a-second"),
        pytest.param({"exp": NOW + LEAST_LEFT_S}, NOW + LEAST_LEFT_S, id="just-enough-time"),
    ],
)
def test_our_own_identity_is_taken(changes: dict[str, object], ends: int) -> None:
    text = token(**changes)

    found = checked_jwt(text, "vault", expected(US), NOW)

    assert found.token.reveal() == text
    assert (found.spiffe_id, found.expires_at) == (US, ends)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(token(sub="spiffe://evil.example/gatehouse"), "foreign", id="hijacked-socket"),
        pytest.param(token(sub=f"{US}-s-neighbour"), "another workload", id="another-workload"),
        pytest.param(token(sub="alice"), "no SPIFFE ID", id="a-person"),
        pytest.param(token(sub=7), "no SPIFFE ID", id="a-number"),
        pytest.param(token(sub=None), "no SPIFFE ID", id="nobody"),
        pytest.param(token(aud=["https://idp.example"]), "another audience", id="for-another"),
        pytest.param(token(aud=["vaults"]), "another audience", id="for-nearly-us"),
        pytest.param(token(aud="vaults"), "another audience", id="audience-is-no-substring"),
        pytest.param(token(aud=None), "another audience", id="for-nobody"),
        pytest.param(token(aud={"vault": 1}), "another audience", id="for-an-object"),
        pytest.param(token({"alg": "none"}), "algorithm", id="alg-none"),
        pytest.param(token({"alg": "HS256"}), "algorithm", id="alg-symmetric"),
        pytest.param(token({"alg": ["ES256"]}), "algorithm", id="alg-in-a-list"),
        pytest.param(token({"typ": "JWT"}), "algorithm", id="no-alg"),
    ],
)
def test_what_is_not_ours_is_refused(text: str, says: str) -> None:
    with pytest.raises(SecretRefused, match=says):
        checked_jwt(text, "vault", expected(US), NOW)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(token(exp=NOW), id="over-now"),
        pytest.param(token(exp=NOW + LEAST_LEFT_S - 1), id="about-to-be-over"),
        pytest.param(token(exp=1), id="long-over"),
        pytest.param(token(exp=None), id="without-end"),
        pytest.param(token(exp=True), id="end-is-a-bool"),
        pytest.param(token(exp="4000000300"), id="end-is-a-text"),
        pytest.param(token(exp=float("inf")), id="end-is-infinite"),
        pytest.param(token(exp=float("nan")), id="end-is-not-a-number"),
        pytest.param(token(exp=10**400), id="end-is-beyond-numbers"),
        pytest.param(token(exp=-1), id="ended-before-time"),
        pytest.param("", id="nothing"),
        pytest.param("a.b", id="two-parts"),
        pytest.param(f"{token()}.x", id="four-parts"),
        pytest.param(token().rpartition(".")[0] + ".", id="no-signature"),
        pytest.param(f"{part([])}.{part(CLAIMS)}.x", id="header-is-a-list"),
        pytest.param(f"{part({'alg': 'ES256'})}.bm8ganNvbg.x", id="claims-are-no-json"),
        pytest.param(f"{part({'alg': 'ES256'})}.$$$$.x", id="claims-are-no-base64"),
        pytest.param(f"{part({'alg': 'ES256'})}.{part('[' * 9)}.x", id="claims-are-a-text"),
        pytest.param(token().replace(".", ".\n\n\n\n", 1), id="newlines-within"),
        pytest.param(token(more="x" * LONGEST_CHARS), id="huge"),
    ],
)
def test_what_is_over_or_unreadable_is_waited_out(text: str) -> None:
    with pytest.raises(SecretOutage):
        checked_jwt(text, "vault", expected(US), NOW)


def test_claims_that_nest_without_end_are_unreadable_and_no_crash() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 9000).decode()

    with pytest.raises(SecretOutage):
        checked_jwt(f"{part({'alg': 'ES256'})}.{deep}.x", "vault", expected(US), NOW)


def test_a_refusal_quotes_nothing_and_keeps_no_cause() -> None:
    text = token(sub="spiffe://canary.example/canary")

    with pytest.raises(SecretRefused) as refused:
        checked_jwt(text, "vault", expected(US), NOW)

    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None
