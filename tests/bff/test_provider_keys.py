"""The provider's keys: found, and told from what is none. Changes: test_key_rotation.py."""

import asyncio
from typing import Any

import pytest

from bff.provider.errors import IdTokenInvalid
from bff.provider.keys import MAX_KEYS, REFETCH_EVERY_S
from bff.provider.signing_key import usable_key
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.provider.idp import Reply, document
from fakes.proxy.provider.party import Party, open_party
from fakes.proxy.provider.tokens import ec_key, public, rsa_entry, rsa_key, signed
from trust.session.errors import ProviderUnavailable


@pytest.fixture
def party() -> Party:
    return open_party()


def fetches(party: Party) -> int:
    return party.idp.count("/jwks")


async def test_keys_are_fetched_once_and_kept(party: Party) -> None:
    for _ in range(3):
        await party.check()

    assert fetches(party) == 1


async def test_a_new_key_id_makes_us_fetch_again(party: Party) -> None:
    await party.check()
    party.idp.keys = [rsa_key("rsa-2")]
    party.clock.advance(REFETCH_EVERY_S)

    assert await party.check()
    assert fetches(party) == 2


async def test_keys_that_are_gone_are_gone(party: Party) -> None:
    await party.check()
    old = party.id_token()
    party.idp.keys = [rsa_key("rsa-2")]
    party.clock.advance(REFETCH_EVERY_S)
    await party.check()

    with pytest.raises(IdTokenInvalid):
        await party.check(old)


async def test_a_token_without_a_key_id_means_the_only_key(party: Party) -> None:
    party.idp.make = lambda claims, key: signed(claims, key, kid=None)

    assert await party.check()


async def test_a_token_without_a_key_id_means_none_of_several(party: Party) -> None:
    party.idp.keys = [rsa_key(), rsa_key("rsa-2")]
    party.idp.make = lambda claims, key: signed(claims, key, kid=None)

    with pytest.raises(IdTokenInvalid):
        await party.check()


async def test_a_token_without_a_key_id_means_the_only_key_of_its_kind(party: Party) -> None:
    party.idp.keys = [rsa_key(), ec_key()]
    party.idp.make = lambda claims, key: signed(claims, key, kid=None)

    assert await party.check()


async def test_two_keys_of_one_name_are_told_apart_by_their_kind(party: Party) -> None:
    party.idp.entries = [{**entry, "kid": "same"} for entry in public(ec_key(), rsa_key())]
    party.idp.make = lambda claims, key: signed(claims, key, kid="same")

    assert await party.check()


@pytest.mark.parametrize(
    "members",
    [
        {"use": "enc"},
        {"use": 7},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"alg": "RS512"},
        {"alg": 7},
        {"d": "AQAB"},
        {"kid": 7},
    ],
)
async def test_a_key_that_is_for_something_else_verifies_nothing(
    party: Party, members: dict[str, Any]
) -> None:
    party.idp.entries = [{**entry, **members} for entry in public(rsa_key())]

    with pytest.raises(IdTokenInvalid):
        await party.check()


@pytest.mark.parametrize("members", [{"key_ops": ["verify"]}, {"alg": "RS256"}, {"x5c": ["junk"]}])
async def test_a_key_that_says_more_of_itself_verifies(
    party: Party, members: dict[str, Any]
) -> None:
    party.idp.entries = [{**entry, **members} for entry in public(rsa_key())]

    assert await party.check()


@pytest.mark.parametrize(("bits", "good"), [(1024, False), (2040, False), (2048, True)])
def test_an_rsa_key_of_less_than_2048_bits_verifies_nothing(bits: int, *, good: bool) -> None:
    # An octet of zeros in front must not make a small number look long.
    assert (usable_key(rsa_entry(bits)) is not None) == good


async def test_of_an_endless_key_set_only_the_beginning_is_looked_at(party: Party) -> None:
    (own,) = public(rsa_key())
    party.idp.entries = [{**own, "kid": f"k{number}"} for number in range(MAX_KEYS)] + [own]

    with pytest.raises(IdTokenInvalid):
        await party.check()


async def test_each_of_several_keys_is_found_by_its_name(party: Party) -> None:
    party.idp.keys = [rsa_key(), ec_key()]
    assert await party.check()

    party.idp.make = lambda claims, _: signed(claims, ec_key())
    assert await party.check()


BROKEN: list[Any] = [
    None,
    "text",
    7,
    [],
    {},
    {"kty": "RSA"},
    {"kty": "RSA", "kid": "rsa-1", "n": "x"},
    {"kty": "RSA", "kid": "broken", "n": 7, "e": []},
    {"kty": "EC", "kid": "broken", "crv": "P-999", "x": "AA", "y": "AA"},
    {"kty": "EC", "kid": "broken", "crv": "P-256", "x": "AA", "y": "AA"},
    {"kty": "oct", "kid": "rsa-1", "k": "c2VjcmV0"},
    {"kty": "unheard-of", "kid": "broken"},
    {"kty": "OKP", "kid": "broken", "crv": "Ed25519", "x": "AA"},
]


async def test_broken_entries_do_not_make_the_others_useless(party: Party) -> None:
    party.idp.entries = [*BROKEN, *public(rsa_key())]

    assert await party.check()


async def test_a_key_for_encryption_verifies_nothing(party: Party) -> None:
    party.idp.entries = [entry | {"use": "enc"} for entry in public(rsa_key())]

    with pytest.raises(IdTokenInvalid):
        await party.check()


async def test_a_key_without_a_use_verifies(party: Party) -> None:
    (entry,) = public(rsa_key())
    party.idp.entries = [{name: value for name, value in entry.items() if name != "use"}]

    assert await party.check()


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(body=b"<!doctype html>"), id="HTML"),
        pytest.param(document({"error": "gone"}, 404), id="404"),
        pytest.param(document({"error": "busy"}, 503), id="503"),
        pytest.param(document({"keys": "none"}), id="keys are no list"),
        pytest.param(document({}), id="no keys"),
        pytest.param(Reply(status=302, headers=(("Location", "/elsewhere"),)), id="redirect"),
    ],
)
async def test_a_key_set_that_is_none_is_an_outage(party: Party, reply: Reply) -> None:
    party.idp.faults["/jwks"] = reply

    with pytest.raises(ProviderUnavailable):
        await party.check()

    assert party.idp.count("/elsewhere") == 0


async def test_an_empty_key_set_knows_no_key(party: Party) -> None:
    party.idp.entries = []

    with pytest.raises(IdTokenInvalid):
        await party.check()


async def test_after_an_outage_keys_are_fetched_again(party: Party) -> None:
    party.http.down.add("/jwks")
    with pytest.raises(ProviderUnavailable):
        await party.check()
    party.http.down.clear()
    party.clock.advance(REFETCH_EVERY_S)

    assert await party.check()


async def test_right_after_an_outage_a_token_is_not_called_invalid(party: Party) -> None:
    party.http.down.add("/jwks")
    for _ in range(2):
        with pytest.raises(ProviderUnavailable):
            await party.check()


async def test_two_logins_at_a_cold_start_share_one_fetch(party: Party) -> None:
    await party.provider.metadata()
    party.http.entered.clear()
    party.http.open.clear()
    checks = [asyncio.ensure_future(party.check()) for _ in range(5)]
    async with asyncio.timeout(WAIT_S):
        await party.http.entered.wait()
    party.http.open.set()

    results = await asyncio.gather(*checks, return_exceptions=True)

    assert [type(result).__name__ for result in results] == ["dict"] * 5
    assert fetches(party) == 1


async def test_the_age_of_the_keys_is_known(party: Party) -> None:
    assert party.provider.keys.age_s is None
    await party.check()
    party.clock.advance(7)

    assert party.provider.keys.age_s == 7
