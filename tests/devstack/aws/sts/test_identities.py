"""Who owns an access key."""

from dataclasses import replace
from typing import Any

import pytest

from devstack.aws.errors import AwsError
from devstack.aws.sts.identities import REMEMBERED_S, Identities
from devstack.aws.sts.principal import Principal
from trust.secret import Secret

LONG = Principal(
    access_key_id="AKIALONG",
    secret_access_key=Secret("s"),
    arn="arn:aws:iam::123456789012:user/team/bob",
    user_id="AIDABOB",
)
SHORT = replace(
    LONG,
    access_key_id="ASIASHORT",
    session_token=Secret("token"),
    issued_at=1000,
    expires_at=1900,
)


def code(identities: Identities, key: str, token: str | None, *, now: int) -> str:
    with pytest.raises(AwsError) as caught:
        identities.find(key, session_token=token, now=now)
    assert caught.value.status == 403
    return caught.value.code


def test_a_long_lived_key_has_no_token_and_no_end() -> None:
    assert Identities([LONG]).find("AKIALONG", session_token=None, now=2**40) is LONG


def test_a_temporary_key_goes_with_its_token_until_it_expires() -> None:
    identities = Identities([SHORT])

    assert identities.find("ASIASHORT", session_token="token", now=1899) is SHORT
    assert code(identities, "ASIASHORT", "token", now=1900) == "ExpiredToken"


@pytest.mark.parametrize(
    ("key", "token"),
    [
        pytest.param("AKIANOBODY", None, id="an unknown key"),
        pytest.param("ASIASHORT", None, id="a temporary key without its token"),
        pytest.param("ASIASHORT", "Token", id="a wrong token"),
        pytest.param("ASIASHORT", "", id="an empty token"),
        pytest.param("ASIASHORT", "\udcff", id="a token that is no text"),
        pytest.param("AKIALONG", "token", id="a long-lived key with a token"),
    ],
)
def test_anything_else_is_an_invalid_token(key: str, token: str | None) -> None:
    identities = Identities([LONG, SHORT])

    assert code(identities, key, token, now=1000) == "InvalidClientTokenId"


def test_a_wrong_token_is_invalid_even_when_the_key_expired() -> None:
    assert code(Identities([SHORT]), "ASIASHORT", "x", now=9999) == "InvalidClientTokenId"


def test_keys_that_expired_long_ago_are_forgotten_and_others_are_not() -> None:
    identities = Identities([LONG, SHORT])
    late = 1900 + REMEMBERED_S
    identities.add(replace(SHORT, access_key_id="ASIA2", expires_at=2**40), now=late)
    assert code(identities, "ASIASHORT", "token", now=late) == "ExpiredToken"

    identities.add(replace(SHORT, access_key_id="ASIA3"), now=late + 1)

    assert code(identities, "ASIASHORT", "token", now=late) == "InvalidClientTokenId"
    assert identities.find("AKIALONG", session_token=None, now=late) is LONG
    assert identities.find("ASIA2", session_token="token", now=late).access_key_id == "ASIA2"


@pytest.mark.parametrize("principal", [LONG, SHORT])
def test_nothing_secret_shows_when_a_principal_is_printed(principal: Any) -> None:
    assert "token" not in repr(principal).replace("session_token=", "")
    assert "secret_access_key=Secret()" in repr(principal)
