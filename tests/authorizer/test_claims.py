"""Claims of a token whose signature is in order."""

import json
from collections.abc import Mapping

import pytest

from authorizer.claims import (
    LEEWAY_S,
    TokenRefused,
    check_claims,
    subject_of,
    tenant_of,
    user_name,
)
from authorizer.settings import TrustedIssuer
from events.issuer import AUDIENCE, GOOD, ISSUER
from fakes.clock import NOW
from trust.clock import NumericDate
from trust.coordinates import SlugRefused, TenantId

ISSUED = TrustedIssuer(
    issuer=ISSUER,
    audience=AUDIENCE,
    jwks_url=f"{ISSUER}/jwks",
    algorithms=("RS256",),
    tenant_claim="tenant_id",
    tenants=None,
)
MAPPED = TrustedIssuer(
    issuer=ISSUER,
    audience=AUDIENCE,
    jwks_url=f"{ISSUER}/jwks",
    algorithms=("RS256",),
    tenant_claim="tenant_id",
    tenants={"org_2x": TenantId("acme")},
)


def check(changes: Mapping[str, object]) -> None:
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    check_claims(claims, ISSUED, now=NumericDate(NOW))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="as it should be"),
        pytest.param({"aud": ["https://other.test", AUDIENCE]}, id="one of several audiences"),
        pytest.param({"exp": NOW - LEEWAY_S + 1}, id="expired within the leeway"),
        pytest.param({"nbf": NOW + LEEWAY_S}, id="not yet valid within the leeway"),
        pytest.param({"iat": NOW + LEEWAY_S}, id="issued ahead within the leeway"),
        pytest.param({"exp": NOW + 0.5}, id="half a second"),
        pytest.param({"nbf": None, "iat": None}, id="without nbf and iat"),
    ],
)
def test_a_token_in_order_passes(changes: dict[str, object]) -> None:
    check(changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"iss": None}, id="no issuer"),
        pytest.param({"iss": f"{ISSUER}/"}, id="issuer with a slash more"),
        pytest.param({"iss": [ISSUER]}, id="issuer in a list"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"aud": "https://other.test"}, id="another audience"),
        pytest.param({"aud": []}, id="an empty list of audiences"),
        pytest.param({"aud": f"{AUDIENCE}/more"}, id="audience that begins well"),
        pytest.param({"aud": {AUDIENCE: 1}}, id="audience in an object"),
        pytest.param({"exp": None}, id="no exp"),
        pytest.param({"exp": NOW - LEEWAY_S}, id="expired"),
        pytest.param({"exp": 0}, id="expired long ago"),
        pytest.param({"exp": -1}, id="exp before time began"),
        pytest.param({"exp": 1e300}, id="exp 1e300"),
        pytest.param({"exp": 10**400}, id="exp beyond any float"),
        pytest.param({"exp": float("inf")}, id="exp without end"),
        pytest.param({"exp": float("nan")}, id="exp not a number"),
        pytest.param({"exp": str(NOW + 300)}, id="exp as a text"),
        pytest.param({"exp": True}, id="exp as a truth value"),
        pytest.param({"nbf": NOW + LEEWAY_S + 1}, id="not yet valid"),
        pytest.param({"nbf": "0"}, id="nbf as a text"),
        pytest.param({"iat": NOW + LEEWAY_S + 1}, id="issued in the future"),
        pytest.param({"iat": float("nan")}, id="iat not a number"),
        pytest.param({"iat": True}, id="iat as a truth value"),
        pytest.param({"sub": None}, id="no sub"),
        pytest.param({"sub": ""}, id="an empty sub"),
        pytest.param({"sub": 7}, id="sub as a number"),
        pytest.param({"sub": "x" * 256}, id="an oversized sub"),
    ],
)
def test_a_token_out_of_order_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(TokenRefused):
        check(changes)


def test_the_tenants_claim_is_its_slug() -> None:
    assert tenant_of(GOOD, ISSUED) == "acme"


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        ["acme"],
        "",
        "Acme",
        "acme/../globex",
        "acme#SUBJECT",
        "acme*",
        "acme\n",
        "a" * 64,
        "acme\r\nX-Admin: 1",
    ],
)
def test_a_tenant_that_is_no_slug_is_refused(value: object) -> None:
    with pytest.raises(SlugRefused):
        tenant_of({**GOOD, "tenant_id": value}, ISSUED)


def test_a_mapped_tenant_is_found() -> None:
    assert tenant_of({**GOOD, "tenant_id": "org_2x"}, MAPPED) == "acme"


@pytest.mark.parametrize("value", ["acme", "globex", "org_2X", None])
def test_where_there_is_a_map_a_slug_is_no_way_around_it(value: object) -> None:
    """Else a customer who may choose an organisation's name would choose a tenant's slug."""
    with pytest.raises(SlugRefused):
        tenant_of({**GOOD, "tenant_id": value}, MAPPED)


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"username": "u", "preferred_username": "p", "email": "e", "sub": "s"}, "u"),
        ({"preferred_username": "p", "email": "e", "sub": "s"}, "p"),
        ({"email": "e", "sub": "s"}, "e"),
        ({"sub": "s"}, "s"),
        ({"username": "", "email": ["e"], "sub": "s"}, "s"),
        ({"username": "Zoë Ångström", "sub": "s"}, "Zoë Ångström"),
        ({}, None),
    ],
)
def test_the_first_usable_claim_names_the_user(claims: dict[str, object], name: str | None) -> None:
    assert user_name(claims) == name


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("alice\r\nX-Admin: 1", id="line end"),
        pytest.param("alice\n", id="line end at the end"),
        pytest.param("alice\0", id="NUL"),
        pytest.param("alice\x1b[31m", id="terminal colours"),
        pytest.param("alice\u2028", id="line separator"),
        pytest.param("alice\u202eecila", id="right to left"),
        pytest.param("alice\ud800", id="half a character"),
        pytest.param("a" * 129, id="oversized"),
    ],
)
def test_header_injection_by_a_claim_reaches_nobody(hostile: str) -> None:
    assert user_name({"username": hostile, "sub": "alice"}) == "alice"
    assert user_name({"sub": hostile}) is None


def test_a_subject_is_a_hash_of_issuer_and_sub() -> None:
    subject = subject_of(GOOD)

    assert len(subject) == 43
    assert "alice" not in subject
    assert subject == subject_of({**GOOD, "exp": 1})
    assert subject != subject_of({**GOOD, "sub": "bob"})
    assert subject != subject_of({**GOOD, "iss": "https://other.test"})


def test_what_is_moved_from_issuer_to_sub_makes_another_subject() -> None:
    assert subject_of({"iss": "a", "sub": "bc"}) != subject_of({"iss": "ab", "sub": "c"})


def test_a_sub_that_has_no_bytes_is_hashed_all_the_same() -> None:
    assert len(subject_of(json.loads('{"iss": "a", "sub": "\\ud800"}'))) == 43
