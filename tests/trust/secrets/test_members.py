"""Members of secrets that are JSON objects."""

import json

import pytest

from contracts.secret_source import VALUE, shown
from trust.secret import Secret
from trust.secrets.members import MemberMissing, member, members
from trust.secrets.reference import Reference, Scheme

WHOLE = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc")
MEMBER = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc", key="client")


def test_a_secret_without_a_member_is_taken_whole() -> None:
    assert member(Secret('{"client": "x"}'), WHOLE) == Secret('{"client": "x"}')


def test_a_member_of_a_secret_is_picked_out() -> None:
    whole = Secret(json.dumps({"client": VALUE, "other": "x"}))

    assert member(whole, MEMBER) == Secret(VALUE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(VALUE, id="no-json"),
        pytest.param(f'["{VALUE}"]', id="list"),
        pytest.param(f'"{VALUE}"', id="text"),
        pytest.param("null", id="null"),
        pytest.param("5", id="number"),
        pytest.param(json.dumps({"other": VALUE}), id="another-member"),
        pytest.param("", id="empty"),
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_a_secret_without_this_member_is_not_quoted(text: str) -> None:
    with pytest.raises(MemberMissing, match="has no member client") as missing:
        member(Secret(text), MEMBER)

    assert VALUE not in shown(missing.value)


@pytest.mark.parametrize("value", [None, True, 5, {"a": 1}, ["a"], ""])
def test_a_member_that_is_no_text_is_missing(value: object) -> None:
    with pytest.raises(MemberMissing):
        member(Secret(json.dumps({"client": value})), MEMBER)


def test_an_older_version_need_not_have_the_member_yet() -> None:
    newest, older = Secret(json.dumps({"client": VALUE})), Secret(json.dumps({"old": "x"}))

    assert members([newest, older], MEMBER) == [Secret(VALUE)]
    assert members([newest, newest], MEMBER) == [Secret(VALUE), Secret(VALUE)]


def test_the_newest_version_has_to_have_it() -> None:
    newest, older = Secret(json.dumps({"old": "x"})), Secret(json.dumps({"client": VALUE}))

    with pytest.raises(MemberMissing):
        members([newest, older], MEMBER)
