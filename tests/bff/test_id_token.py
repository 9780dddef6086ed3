"""The ID token: everything that OpenID Connect Core §3.1.3.7 wants, and what forgers try."""

import pytest

from bff.provider.compact import MAX_CHARS, MAX_DEPTH
from bff.provider.errors import IdTokenInvalid
from bff.provider.id_token import LEEWAY_S, MAX_AGE_S, MAX_DATE, identity_of
from fakes.clock import NOW
from fakes.proxy.provider.forgeries import (
    FORGERIES,
    REFUSED_CLAIMS,
    Forger,
    nested,
    unsigned_as,
)
from fakes.proxy.provider.idp import CLIENT_ID
from fakes.proxy.provider.party import ISSUER, Party, open_party
from fakes.proxy.provider.tokens import (
    Claims,
    ec_key,
    rsa_key,
    signed,
    signed_by_hand,
)
from trust.secret import Secret
from trust.session.record import TokenSet


@pytest.fixture
def party() -> Party:
    return open_party()


async def test_a_right_token_is_accepted(party: Party) -> None:
    claims = await party.check()

    assert (claims["sub"], claims["tenant_id"]) == ("alice", "acme")


async def test_a_token_signed_with_an_elliptic_key_is_accepted(party: Party) -> None:
    party.idp.keys = [ec_key()]

    assert (await party.check())["sub"] == "alice"


@pytest.mark.parametrize("changes", REFUSED_CLAIMS)
async def test_a_claim_that_is_wrong_is_refused(party: Party, changes: Claims) -> None:
    party.idp.claims = changes

    with pytest.raises(IdTokenInvalid):
        await party.check()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"exp": NOW - LEEWAY_S + 1}, id="expired within the leeway"),
        pytest.param({"exp": MAX_DATE}, id="expires at the end of time"),
        pytest.param({"iat": NOW - MAX_AGE_S}, id="issued a while ago"),
        pytest.param({"exp": NOW + 0.5}, id="expires at a fraction"),
        pytest.param({"nbf": NOW + LEEWAY_S}, id="valid within the leeway"),
        pytest.param({"iat": NOW + LEEWAY_S}, id="issued within the leeway"),
        pytest.param({"aud": [CLIENT_ID]}, id="list of us"),
        pytest.param({"azp": CLIENT_ID}, id="issued to us"),
        pytest.param({"at_hash": None}, id="no at_hash"),
        pytest.param({"sub": "x" * 255}, id="longest subject"),
        pytest.param({"deep": nested(MAX_DEPTH - 1)}, id="deepest claim"),
        pytest.param({"auth_time": None}, id="no time of login"),
        pytest.param({"nonce": "the-nonce-of-the-attempt"}, id="our nonce"),
    ],
)
async def test_a_claim_at_the_edge_is_accepted(party: Party, changes: Claims) -> None:
    party.idp.claims = changes

    assert await party.check()


async def test_an_audience_beside_us_that_nobody_trusts_is_refused(party: Party) -> None:
    party.idp.claims = {"aud": [CLIENT_ID, "another-client"], "azp": CLIENT_ID}

    with pytest.raises(IdTokenInvalid):
        await party.check()


async def test_a_token_signed_by_hand_is_accepted(party: Party) -> None:
    party.idp.make = lambda claims, key: signed_by_hand(
        {"alg": "RS256", "kid": "rsa-1"}, claims, key
    )

    assert await party.check()


@pytest.mark.parametrize("make", FORGERIES)
async def test_a_forged_token_is_refused(party: Party, make: Forger) -> None:
    party.idp.make = make

    with pytest.raises(IdTokenInvalid):
        await party.check()


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512", "RSA1_5", "unheard-of"])
async def test_an_algorithm_that_is_not_allowed_is_refused_before_a_key_is_sought(
    party: Party, algorithm: str
) -> None:
    party.idp.make = unsigned_as(algorithm)

    with pytest.raises(IdTokenInvalid):
        await party.check()

    assert party.idp.count("/jwks") == 0


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("x", id="a letter"),
        pytest.param("a.b.c", id="three letters"),
        pytest.param("..", id="dots"),
        pytest.param("e30.e30.e30", id="empty objects"),
        pytest.param("W10.e30.e30", id="header is a list"),
        pytest.param("bnVsbA.e30.e30", id="header is null"),
        pytest.param("é.é.é", id="no ASCII"),
        pytest.param("eyJhbGciOjd9.e30.e30", id="alg is a number"),
        pytest.param("eyJhbGciOlsiUlMyNTYiXX0.e30.e30", id="alg is a list"),
        pytest.param("A" * (MAX_CHARS + 1), id="endless"),
        pytest.param("e30." * 5 + "e30", id="an encrypted token has five parts"),
    ],
)
async def test_what_is_no_token_is_refused(party: Party, token: str) -> None:
    with pytest.raises(IdTokenInvalid):
        await party.check(token)


@pytest.mark.parametrize("payload", ["text", [], ["sub"], 7, None, True])
async def test_a_payload_that_is_no_object_is_refused(party: Party, payload: object) -> None:
    token = signed(payload, rsa_key())  # type: ignore[arg-type] # wrong on purpose

    with pytest.raises(IdTokenInvalid):
        await party.check(token)


async def test_a_login_without_an_id_token_is_refused(party: Party) -> None:
    with pytest.raises(IdTokenInvalid):
        await party.provider.claims(TokenSet(access_token=Secret("x"), expires_at=None), nonce="n")


async def test_an_algorithm_that_the_provider_does_not_announce_is_refused(party: Party) -> None:
    party.idp.keys = [ec_key()]
    party.idp.metadata = {"id_token_signing_alg_values_supported": ["RS256"]}

    with pytest.raises(IdTokenInvalid):
        await party.check()


CLAIMS = {"iss": ISSUER, "sub": "alice", "iat": NOW}


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (NOW - 60, NOW - 60),
        (NOW - 60.9, NOW - 61),
        (0, 0),
        (None, NOW),
    ],
)
def test_the_time_of_the_login_is_the_providers_or_that_of_its_signature(
    given: object, taken: int
) -> None:
    claims = CLAIMS if given is None else CLAIMS | {"auth_time": given}

    assert identity_of(claims, issuer=ISSUER).auth_time == taken


def test_a_person_is_described_by_texts_only_and_by_short_ones() -> None:
    claims = CLAIMS | {"name": 7, "preferred_username": "al", "email": ["x"], "acr": "a" * 999}

    identity = identity_of(claims, issuer=ISSUER)

    assert (identity.name, identity.email) == ("al", None)
    assert identity.acr == "a" * 256
    assert identity.provider_session is None
