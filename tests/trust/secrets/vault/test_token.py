"""What to do with a token when, by itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.scripted_vault import auth
from trust.clock import Instant, NumericDate
from trust.secret import Secret
from trust.secrets.freshness import Terms
from trust.secrets.vault.token import Auth, Step, Token, auth_of, begun, renewed, standing_of

ASKED = Instant(NumericDate(0), 0.0)


def token(lease_s: float | None, *, renewable: bool = True, draw: float = 0.0) -> Token:
    found = Auth(token=Secret("hvs.a"), lease_s=lease_s, renewable=renewable)
    return begun(found, 1, ASKED, terms=Terms(), draw=draw)


@given(
    lease_s=st.integers(1, 10_000_000),
    draw=st.floats(0, 1),
    renewable=st.booleans(),
    elapsed_s=st.floats(0, 20_000_000),
)
def test_no_token_is_used_at_its_end_and_every_one_is_due_before(
    lease_s: int, draw: float, elapsed_s: float, *, renewable: bool
) -> None:
    found = token(lease_s, renewable=renewable, draw=draw)
    step = found.step(elapsed_s)

    if elapsed_s >= lease_s:
        assert step is Step.LOGIN
        assert found.left_s(elapsed_s) == 0
    if step is Step.USE:
        assert 0 < found.left_s(elapsed_s) <= lease_s - elapsed_s
    if elapsed_s >= lease_s * 2 / 3:
        assert step is not Step.USE
    if step is Step.RENEW:
        assert renewable


def test_chance_only_makes_a_renewal_earlier() -> None:
    assert token(900, draw=0.0).life.due_s == 600
    assert token(900, draw=1.0).life.due_s == pytest.approx(480)


@pytest.mark.parametrize(
    ("said_s", "renewable", "again"),
    [
        pytest.param(900, True, True, id="as-asked"),
        pytest.param(899, True, True, id="rounded"),
        pytest.param(1800, True, True, id="more"),
        pytest.param(600, True, False, id="less-so-its-maximum-is-near"),
        pytest.param(900, False, False, id="for-the-last-time"),
    ],
)
def test_a_renewal_counts_for_as_long_as_it_says(
    said_s: int, *, renewable: bool, again: bool
) -> None:
    answer = Auth(token=Secret("hvs.other"), lease_s=said_s, renewable=renewable)
    found = renewed(token(900), answer, Instant(NumericDate(7), 7.0), terms=Terms(), draw=0.0)

    assert found.life.over_s == said_s - 10
    assert found.asked.wall == 7
    assert (found.auth.token, found.auth.lease_s) == (Secret("hvs.a"), 900)
    assert found.step(found.life.due_s) is (Step.RENEW if again else Step.LOGIN)


def test_a_login_is_read() -> None:
    found = auth_of({"auth": auth("hvs.a", 900)})

    assert found == Auth(token=Secret("hvs.a"), lease_s=900, renewable=True, ours=True)


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"token_type": "recovery"}, id="recovery-token"),
        pytest.param({"token_type": "default"}, id="default-is-no-kind"),
        pytest.param({"token_type": None}, id="no-kind"),
        pytest.param({"token_type": ["service"]}, id="kind-is-a-list"),
        pytest.param({"lease_duration": 0}, id="without-an-end"),
        pytest.param({"lease_duration": -1}, id="over-before-it-began"),
        pytest.param({"lease_duration": True}, id="lasts-true"),
        pytest.param({"lease_duration": "900"}, id="lasts-a-text"),
        pytest.param({"lease_duration": None}, id="says-nothing-of-its-end"),
        pytest.param({"client_token": ""}, id="second-factor-asked-for"),
        pytest.param({"client_token": None}, id="no-token"),
        pytest.param({"client_token": "hvs.a\r\nX-A: b"}, id="another-header"),
        pytest.param({"client_token": "hvs.a\n"}, id="newline-at-its-end"),
        pytest.param({"client_token": "h" * 8193}, id="endless"),
        pytest.param({"client_token": "hvs.ü"}, id="not-ascii"),
    ],
)
def test_a_token_that_no_login_gives_is_not_used(members: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)) as refused:
        auth_of({"auth": {**auth("hvs.a"), **members}})

    assert "hvs" not in str(refused.value)


@pytest.mark.parametrize("answer", [{"auth": None}, {"auth": "hvs.a"}, {}, None, [], "auth"])
def test_an_answer_without_a_token_is_none(answer: object) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        auth_of(answer)


@pytest.mark.parametrize("renewable", [None, 1, "true"])
def test_only_what_says_that_it_can_be_renewed_is(renewable: object) -> None:
    assert not auth_of({"auth": auth("hvs.a", renewable=renewable)}).renewable


def test_a_token_of_somebody_else_is_read_and_left_to_them() -> None:
    data = {"ttl": 500, "expire_time": "2096-10-02T00:00:00Z", "renewable": True}
    found = standing_of({"data": data}, Secret("hvs.theirs"))

    assert found == Auth(token=Secret("hvs.theirs"), lease_s=500, renewable=False, ours=False)


def test_a_root_token_has_no_end() -> None:
    found = standing_of({"data": {"ttl": 0, "expire_time": None}}, Secret("hvs.root"))

    assert found.lease_s is None


def test_a_token_in_its_last_second_is_not_one_without_an_end() -> None:
    data = {"ttl": 0, "expire_time": "2096-10-02T00:00:00Z"}

    assert standing_of({"data": data}, Secret("hvs.old")).lease_s == 0
    assert begun(standing_of({"data": data}, Secret("a")), 1, ASKED, terms=Terms(), draw=0).step(
        0
    ) is (Step.LOGIN)


@pytest.mark.parametrize("ttl", [None, "500", True, -1])
def test_a_token_of_which_nothing_is_known_is_not_used(ttl: object) -> None:
    with pytest.raises(ValueError, match="how long"):
        standing_of({"data": {"ttl": ttl}}, Secret("hvs.a"))
