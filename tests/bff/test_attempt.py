"""Login attempts: what is in the cookie, who can open it, and how many there may be."""

import json
import secrets

import pytest

from bff.login.attempt import (
    LIFETIME_S,
    MOST_AT_ONCE,
    Attempt,
    Wish,
    attempt_of,
    new_attempt,
    opened,
    sealed,
    surplus,
)
from bff.login.return_path import ReturnPath
from bff.login.step_up import Demand, Holder
from bff.provider.errors import AttemptUnknown
from fakes.clock import NOW
from trust.clock import NumericDate
from trust.coordinates import TenantId
from trust.seal.keyring import Keyring, new_keyring, parse_keyring, rotated

TEXT = new_keyring(secrets.token_bytes)
KEYRING = parse_keyring(TEXT)


def begun(*, now: int = NOW) -> Attempt:
    wish = Wish(
        return_to=ReturnPath("/chats"),
        tenant="acme",
        demand=Demand(acr_values=("mfa",), max_age=60),
        holder=Holder(tenant=TenantId("acme"), subject="alice", id_hash="hash"),
    )
    return new_attempt(
        wish, issuer="https://login.acme.test", now=NumericDate(now), random=secrets.token_bytes
    )


def cookie(attempt: Attempt, keyring: Keyring = KEYRING) -> str:
    return sealed(attempt, keyring, random=secrets.token_bytes)


def jar(*attempts: Attempt) -> dict[str, str]:
    return {attempt.id: cookie(attempt) for attempt in attempts}


def test_an_attempt_comes_back_as_it_was() -> None:
    attempt = begun()

    assert attempt_of(attempt.state, jar(attempt), KEYRING, now=NOW) == attempt


def test_the_verifier_has_the_length_and_alphabet_of_rfc_7636() -> None:
    verifier = begun().verifier.reveal()

    assert len(verifier) == 43
    assert verifier.replace("-", "a").replace("_", "a").isalnum()


def test_nothing_of_an_attempt_can_be_read_from_its_cookie() -> None:
    attempt = begun()

    value = cookie(attempt)

    for secret in (attempt.state, attempt.nonce, attempt.verifier.reveal(), "/chats"):
        assert secret not in value
    assert len(f"__Host-Http-login-{attempt.id}={value}") < 1024


def test_an_attempt_is_printed_without_its_verifier() -> None:
    attempt = begun()

    assert attempt.verifier.reveal() not in repr(attempt)


def test_a_cookie_opens_under_its_own_name_only() -> None:
    first, second = begun(), begun()

    assert opened(first.id, cookie(second), KEYRING, now=NOW) is None


@pytest.mark.parametrize("place", [0, 10, 30, -1])
def test_a_changed_cookie_does_not_open(place: int) -> None:
    attempt = begun()
    value = list(cookie(attempt))
    value[place] = "A" if value[place] != "A" else "B"

    assert opened(attempt.id, "".join(value), KEYRING, now=NOW) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "x",
        "x.",
        "x.é",
        "x." + "A" * 16,
        pytest.param(f"{KEYRING.current}.", id="no content"),
    ],
)
def test_what_is_no_cookie_of_ours_does_not_open(value: str) -> None:
    assert opened("AAAAAAAAAAAAAAAA", value, KEYRING, now=NOW) is None


def test_a_cookie_of_other_keys_does_not_open() -> None:
    attempt = begun()
    strangers = parse_keyring(new_keyring(secrets.token_bytes))

    assert opened(attempt.id, cookie(attempt, strangers), KEYRING, now=NOW) is None


def test_a_cookie_that_was_sealed_before_a_rotation_opens() -> None:
    attempt = begun()
    newer = parse_keyring(rotated(TEXT, secrets.token_bytes))

    assert opened(attempt.id, cookie(attempt), newer, now=NOW) == attempt


def test_an_attempt_is_too_old_after_its_lifetime() -> None:
    attempt = begun(now=NOW - LIFETIME_S)
    younger = begun(now=NOW - LIFETIME_S + 1)

    assert opened(attempt.id, cookie(attempt), KEYRING, now=NOW) is None
    assert opened(younger.id, cookie(younger), KEYRING, now=NOW) == younger


def test_an_attempt_of_nobody_is_unknown() -> None:
    attempt, other = begun(), begun()

    for state in ("", "x", other.state, f"{attempt.id}.{'A' * 43}", attempt.state + "\n"):
        with pytest.raises(AttemptUnknown):
            attempt_of(state, jar(attempt), KEYRING, now=NOW)


def test_there_is_room_for_one_more_until_there_are_so_many() -> None:
    attempts = [begun(now=NOW - 60 + number) for number in range(MOST_AT_ONCE)]

    assert surplus(jar(*attempts[:-1]), KEYRING, now=NOW) == []
    assert surplus(jar(*attempts), KEYRING, now=NOW) == [attempts[0].id]


def test_dead_attempts_give_way_before_living_ones() -> None:
    alive = begun()
    dead = begun(now=NOW - LIFETIME_S)
    cookies = {**jar(alive, dead), "junk": "garbage"}

    assert sorted(surplus(cookies, KEYRING, now=NOW)) == sorted([dead.id, "junk"])


def test_an_attempt_sealed_with_a_newer_key_is_not_thrown_away() -> None:
    newer = parse_keyring(rotated(TEXT, secrets.token_bytes))
    attempt = begun()

    assert surplus({attempt.id: cookie(attempt, newer)}, KEYRING, now=NOW) == []


def test_the_sealed_members_are_these() -> None:
    # What is in there must be enough to finish the login on any instance.
    from trust.seal.box import Place, parse_box, unseal

    attempt = begun()
    place = Place(purpose="login attempt", salt=attempt.id.encode(), context=attempt.id)

    members = json.loads(unseal(KEYRING, parse_box(cookie(attempt)), place))

    assert members.keys() == {
        "state",
        "nonce",
        "verifier",
        "return_to",
        "issuer",
        "tenant",
        "begun_at",
        "acr_values",
        "dpop_key",
        "max_age",
        "holder",
        "silent",
    }
