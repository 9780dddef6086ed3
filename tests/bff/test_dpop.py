"""Proofs of a key (RFC 9449), as a strict reader checks them."""

import secrets
from collections.abc import Iterator

import pytest

from bff.provider.dpop import Call, new_dpop_key, proof, thumbprint
from fakes.clock import NOW
from fakes.proxy.provider.proofs import checked_proof
from trust.secret import Secret

URL = "https://login.test/token"


def test_a_proof_is_good_for_one_call_and_names_its_key() -> None:
    key = new_dpop_key(secrets.token_bytes)

    made = proof(key, Call(method="POST", url=URL), now=NOW, random=secrets.token_bytes)

    name, claims = checked_proof(made, method="POST", url=URL, now=NOW)
    assert name == thumbprint(key)
    assert claims.keys() == {"jti", "htm", "htu", "iat"}


def test_query_and_fragment_are_no_part_of_it() -> None:
    call = Call(method="GET", url=f"{URL}?a=1#b")
    made = proof(new_dpop_key(secrets.token_bytes), call, now=NOW, random=secrets.token_bytes)

    checked_proof(made, method="GET", url=URL, now=NOW)


def test_nonce_and_access_token_are() -> None:
    call = Call(method="GET", url=URL, nonce="n-1", access_token=Secret("token"))
    made = proof(new_dpop_key(secrets.token_bytes), call, now=NOW, random=secrets.token_bytes)

    _, claims = checked_proof(made, method="GET", url=URL, now=NOW, access_token="token")
    assert claims["nonce"] == "n-1"


def test_no_two_proofs_are_the_same() -> None:
    key = new_dpop_key(secrets.token_bytes)
    call = Call(method="POST", url=URL)

    made = {proof(key, call, now=NOW, random=secrets.token_bytes) for _ in range(3)}

    jtis = {checked_proof(one, method="POST", url=URL, now=NOW)[1]["jti"] for one in made}
    assert len(jtis) == 3


def test_a_key_is_small_enough_for_a_cookie_and_stays_unseen() -> None:
    key = new_dpop_key(secrets.token_bytes)

    assert len(key.reveal()) == 43
    assert key.reveal() not in repr(key)


@pytest.mark.parametrize("unfit", [bytes(32), b"\xff" * 32], ids=["zero", "beyond the order"])
def test_a_number_that_is_no_key_is_not_taken(unfit: bytes) -> None:
    good = secrets.token_bytes(31).rjust(32, b"\x01")
    given: Iterator[bytes] = iter([unfit, good])

    key = new_dpop_key(lambda _: next(given))

    assert thumbprint(key)
