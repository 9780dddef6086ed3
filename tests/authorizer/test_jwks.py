"""The issuer's keys: what is read, when they are fetched, and when not."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from authorizer.jwks import (
    KEPT_S,
    REFETCH_EVERY_S,
    RETRY_EVERY_S,
    STALE_S,
    Jwks,
    parse_key_set,
)
from events.issuer import SigningKey, ec_key, key_set, rsa_key
from fakes.clock import StoppedClock
from trust.session.errors import ProviderUnavailable

BOTH = ("RS256", "ES256")
URL = "https://login.example.test/jwks"


class Endpoint:
    """The issuer's endpoint, which counts how often it is asked."""

    def __init__(self, document: bytes) -> None:
        self.document: bytes | None = document
        self.asked = 0

    def fetch(self, url: str) -> bytes:
        """Return the document; None means that the endpoint is down."""
        assert url == URL
        self.asked += 1
        if self.document is None:
            raise ProviderUnavailable("down")
        return self.document


@pytest.fixture
def clock() -> StoppedClock:
    """Return a clock that stands still."""
    return StoppedClock()


@pytest.fixture
def endpoint(rsa_signer: SigningKey) -> Endpoint:
    """Return an endpoint with one key."""
    return Endpoint(key_set(rsa_signer.jwk()))


@pytest.fixture
def keys(endpoint: Endpoint, clock: StoppedClock) -> Jwks:
    """Return the keys behind the endpoint."""
    return Jwks(URL, endpoint.fetch, BOTH, clock)


def test_a_known_key_is_fetched_once(keys: Jwks, endpoint: Endpoint) -> None:
    for _ in range(100):
        found = keys.find("rsa-1", "RS256")
        assert found is not None
        assert found.kid == "rsa-1"

    assert endpoint.asked == 1


def test_nothing_is_fetched_before_the_first_token(keys: Jwks, endpoint: Endpoint) -> None:
    assert keys is not None
    assert endpoint.asked == 0


def test_a_key_serves_its_own_algorithm_only(keys: Jwks) -> None:
    assert keys.find("rsa-1", "ES256") is None


def test_a_flood_of_unknown_kids_is_one_fetch_a_minute(
    keys: Jwks, endpoint: Endpoint, clock: StoppedClock
) -> None:
    for minute in range(1, 4):
        for number in range(200):
            assert keys.find(f"forged-{number}", "RS256") is None
        assert endpoint.asked == minute
        clock.advance(REFETCH_EVERY_S)


def test_a_rotated_key_is_found_by_one_more_fetch(
    keys: Jwks, endpoint: Endpoint, clock: StoppedClock
) -> None:
    assert keys.find("rsa-1", "RS256") is not None
    new = rsa_key("rsa-2")
    endpoint.document = key_set(new.jwk())
    clock.advance(REFETCH_EVERY_S)

    assert keys.find("rsa-2", "RS256") is not None
    assert keys.find("rsa-1", "RS256") is None
    assert endpoint.asked == 2


def test_a_withdrawn_key_is_gone_after_an_hour(
    keys: Jwks, endpoint: Endpoint, clock: StoppedClock
) -> None:
    assert keys.find("rsa-1", "RS256") is not None
    endpoint.document = key_set()
    clock.advance(KEPT_S - 1)
    assert keys.find("rsa-1", "RS256") is not None
    clock.advance(1)

    assert keys.find("rsa-1", "RS256") is None


def test_without_any_key_set_nobody_can_tell(keys: Jwks, endpoint: Endpoint) -> None:
    endpoint.document = None

    with pytest.raises(ProviderUnavailable):
        keys.find("rsa-1", "RS256")


def test_a_fetch_that_failed_is_throttled_too(
    keys: Jwks, endpoint: Endpoint, clock: StoppedClock, rsa_signer: SigningKey
) -> None:
    endpoint.document = None
    for _ in range(50):
        with pytest.raises(ProviderUnavailable):
            keys.find("rsa-1", "RS256")
    assert endpoint.asked == 1

    endpoint.document = key_set(rsa_signer.jwk())
    clock.advance(RETRY_EVERY_S)

    assert keys.find("rsa-1", "RS256") is not None
    assert endpoint.asked == 2


def test_an_old_key_set_serves_on_for_a_day_while_the_issuer_is_down(
    keys: Jwks, endpoint: Endpoint, clock: StoppedClock
) -> None:
    assert keys.find("rsa-1", "RS256") is not None
    endpoint.document = None
    clock.advance(STALE_S - 1)
    assert keys.find("rsa-1", "RS256") is not None
    clock.advance(1)

    with pytest.raises(ProviderUnavailable):
        keys.find("rsa-1", "RS256")


def test_an_unknown_key_while_the_issuer_is_down_is_no_refusal(
    keys: Jwks, endpoint: Endpoint, clock: StoppedClock
) -> None:
    """The token may be good, of a key that is newer than ours."""
    assert keys.find("rsa-1", "RS256") is not None
    endpoint.document = None
    clock.advance(REFETCH_EVERY_S)

    with pytest.raises(ProviderUnavailable):
        keys.find("rsa-2", "RS256")
    assert keys.find("rsa-1", "RS256") is not None


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="a page"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="no keys"),
        pytest.param(b'{"keys": {}}', id="keys in an object"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[" * 100_000, id="too deep"),
    ],
)
def test_what_is_no_key_set_keeps_the_old_one(
    keys: Jwks, endpoint: Endpoint, clock: StoppedClock, document: bytes
) -> None:
    assert keys.find("rsa-1", "RS256") is not None
    endpoint.document = document
    clock.advance(KEPT_S)

    assert keys.find("rsa-1", "RS256") is not None
    with pytest.raises(ProviderUnavailable):
        parse_key_set(document, BOTH)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"use": "enc"}, id="for encryption"),
        pytest.param({"key_ops": ["encrypt"]}, id="for other operations"),
        pytest.param({"key_ops": 7}, id="operations that are none"),
        pytest.param({"alg": "RS512"}, id="for another algorithm"),
        pytest.param({"kty": "EC"}, id="of another kind"),
        pytest.param({"kty": ["RSA"]}, id="of no kind"),
        pytest.param({"n": None}, id="without its modulus"),
        pytest.param({"n": 7}, id="with a number for a modulus"),
        pytest.param({"n": "ä"}, id="with a modulus that is no base64"),
        pytest.param({"n": "AQAB"}, id="with a modulus of 17 bits"),
        pytest.param({"e": None}, id="without its exponent"),
        pytest.param({"e": "ä"}, id="with an exponent that is no base64"),
    ],
)
def test_an_entry_of_no_use_is_left_out_and_harms_no_other(
    rsa_signer: SigningKey, ec_signer: SigningKey, changes: dict[str, object]
) -> None:
    document = key_set(rsa_signer.jwk(**changes), ec_signer.jwk())

    assert [key.kid for key in parse_key_set(document, BOTH)] == ["ec-1"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"crv": "P-384"}, id="of another curve by name"),
        pytest.param({"crv": None}, id="of no curve"),
        pytest.param({"x": "AA"}, id="off the curve"),
        pytest.param({"y": None}, id="without a coordinate"),
    ],
)
def test_a_broken_point_is_left_out(
    rsa_signer: SigningKey, ec_signer: SigningKey, changes: dict[str, object]
) -> None:
    document = key_set(ec_signer.jwk(**changes), rsa_signer.jwk(use=None, key_ops=["verify"]))

    assert [key.kid for key in parse_key_set(document, BOTH)] == ["rsa-1"]


def test_a_key_on_another_curve_is_left_out() -> None:
    assert parse_key_set(key_set(ec_key("wide", ec.SECP384R1()).jwk()), BOTH) == ()


def test_a_short_rsa_key_is_left_out() -> None:
    assert parse_key_set(key_set(rsa_key("short", bits=1024).jwk()), BOTH) == ()


@pytest.mark.parametrize("entry", [None, 7, "text", []])
def test_an_entry_that_is_no_object_is_left_out(entry: object, rsa_signer: SigningKey) -> None:
    assert len(parse_key_set(key_set(entry, rsa_signer.jwk()), BOTH)) == 1


def test_a_key_without_a_name_has_none(rsa_signer: SigningKey) -> None:
    document = json.dumps({"keys": [rsa_signer.jwk(kid=7), rsa_signer.jwk(kid=None)]}).encode()

    assert [key.kid for key in parse_key_set(document, BOTH)] == [None, None]
