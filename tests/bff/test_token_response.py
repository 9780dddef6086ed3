"""What the token endpoint may answer, and what follows from it."""

from typing import Any

import pytest

from bff.provider.errors import CodeRejected
from bff.provider.http import Reply
from bff.provider.token_response import code_response, refresh_response
from fakes.clock import NOW
from trust.clock import NumericDate
from trust.secret import Secret
from trust.session.errors import ProviderUnavailable, RefreshRejected
from trust.session.record import TokenSet

OLD = TokenSet(
    access_token=Secret("old-access"),
    expires_at=NumericDate(NOW),
    refresh_token=Secret("old-refresh"),
    id_token=Secret("old-id"),
)


def reply(status: int = 200, **members: Any) -> Reply:
    given = {"access_token": "a", "token_type": "Bearer", "expires_in": 300, **members}
    return Reply(status=status, document={k: v for k, v in given.items() if v is not None})


def test_tokens_are_read() -> None:
    tokens = code_response(reply(refresh_token="r", id_token="i"), now=NOW)

    assert tokens.access_token == Secret("a")
    assert tokens.expires_at == NOW + 300
    assert tokens.refresh_token == Secret("r")
    assert tokens.id_token == Secret("i")


@pytest.mark.parametrize("kind", ["Bearer", "bearer", "BEARER"])
def test_the_type_is_read_in_any_case(kind: str) -> None:
    assert code_response(reply(token_type=kind), now=NOW).access_token


@pytest.mark.parametrize(
    ("expires_in", "expires_at"),
    [
        (0, NOW),
        (300, NOW + 300),
        pytest.param("300", NOW + 300, id="a text"),
        (None, None),
        (-5, None),
        (True, None),
        ("soon", None),
        (10**12, None),
        ([], None),
        (300.0, NOW + 300),
    ],
)
def test_the_expiry_is_read_where_there_is_one(expires_in: object, expires_at: int | None) -> None:
    assert code_response(reply(expires_in=expires_in), now=NOW).expires_at == expires_at


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply(access_token=None), id="no access token"),
        pytest.param(reply(access_token=""), id="empty access token"),
        pytest.param(reply(access_token=7), id="access token is a number"),
        pytest.param(reply(token_type=None), id="no type"),
        pytest.param(reply(token_type="DPoP"), id="bound to a key that we have not got"),
        pytest.param(reply(token_type="N_A"), id="no access token type"),
        pytest.param(reply(500), id="500 with tokens"),
        pytest.param(reply(302), id="redirect"),
        pytest.param(reply(401, error="invalid_client"), id="we are not known"),
        pytest.param(reply(400, error="invalid_request"), id="we are not understood"),
        pytest.param(reply(400, error="unauthorized_client"), id="we may not"),
        pytest.param(Reply(status=200, document={}), id="no JSON"),
        pytest.param(Reply(status=503, document={}), id="down"),
        pytest.param(Reply(status=429, document={"error": "slow_down"}), id="too often"),
    ],
)
def test_an_answer_without_tokens_ends_nobodys_session(answer: Reply) -> None:
    with pytest.raises(ProviderUnavailable):
        code_response(answer, now=NOW)
    with pytest.raises(ProviderUnavailable):
        refresh_response(answer, old=OLD, now=NOW)


@pytest.mark.parametrize("status", [400, 401, 200])
def test_a_grant_that_is_void_is_void(status: int) -> None:
    answer = Reply(status=status, document={"error": "invalid_grant"})

    with pytest.raises(CodeRejected):
        code_response(answer, now=NOW)
    with pytest.raises(RefreshRejected):
        refresh_response(answer, old=OLD, now=NOW)


@pytest.mark.parametrize("error", [["invalid_grant"], {"code": "invalid_grant"}])
def test_an_error_of_a_wrong_form_is_an_outage(error: object) -> None:
    with pytest.raises(ProviderUnavailable):
        code_response(Reply(status=400, document={"error": error}), now=NOW)


def test_what_a_refresh_leaves_out_stays_as_it_was() -> None:
    tokens = refresh_response(reply(), old=OLD, now=NOW)

    assert tokens.access_token == Secret("a")
    assert tokens.expires_at == NOW + 300
    assert tokens.refresh_token == OLD.refresh_token
    assert tokens.id_token == OLD.id_token


def test_what_a_refresh_brings_takes_the_old_ones_place() -> None:
    tokens = refresh_response(reply(refresh_token="new-r", id_token="new-i"), old=OLD, now=NOW)

    assert tokens.refresh_token == Secret("new-r")
    assert tokens.id_token == Secret("new-i")


@pytest.mark.parametrize("member", ["refresh_token", "id_token"])
@pytest.mark.parametrize("value", ["", 7, [], None, False])
def test_a_token_of_a_wrong_form_is_none(member: str, value: object) -> None:
    members: dict[str, Any] = {member: value}
    tokens = code_response(reply(**members), now=NOW)

    assert getattr(tokens, member) is None


def test_what_the_provider_says_of_its_error_is_cut_short() -> None:
    with pytest.raises(ProviderUnavailable) as raised:
        code_response(Reply(status=400, document={"error": "e" * 5000}), now=NOW)

    assert len(str(raised.value)) < 120
