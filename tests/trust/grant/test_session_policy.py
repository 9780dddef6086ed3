"""Session policies: proven by reading them again, pattern by pattern."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.agents import ACCOUNT, RUNTIME_ARN
from trust.coordinates import AgentName, AppId, Coordinates, TenantId
from trust.grant.session_policy import (
    MAX_POLICY_CHARS,
    Extra,
    PolicyRefused,
    caller_policy,
    data_policy,
)

SLUGS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True).filter(str.isascii)
COORDINATES = st.builds(
    Coordinates, app=SLUGS.map(AppId), tenant=SLUGS.map(TenantId), agent=SLUGS.map(AgentName)
)
BUCKET = "gatehouse-data"
TABLE_ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/gatehouse-data"
ACME = Coordinates(app=AppId("demo"), tenant=TenantId("acme"), agent=AgentName("hello"))

EXTRAS: list[tuple[Extra, ...]] = [(), (Extra.USER,), (Extra.WEBSOCKET,), tuple(Extra)]


def texts(document: Any) -> Iterator[str]:
    """Return every text of a document, names of members too."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, list):
        for entry in document:  # pyright: ignore[reportUnknownVariableType] JSON
            yield from texts(entry)
    else:
        for name, value in document.items():
            yield from (name, *texts(value))


def patterns(policy: str) -> list[str]:
    """Return the texts of a policy in which IAM would see a pattern or a variable."""
    return [text for text in texts(json.loads(policy)) if set(text) & set("*?$")]


# -- data


@given(COORDINATES)
def test_a_data_policy_has_patterns_only_after_the_owner_s_prefix(coordinates: Coordinates) -> None:
    policy = data_policy(coordinates, bucket=BUCKET, table_arn=TABLE_ARN)

    assert patterns(policy) == [
        f"arn:aws:s3:::{BUCKET}/{coordinates.app}/{coordinates.tenant}/{coordinates.agent}/*",
        f"{coordinates.app}/{coordinates.tenant}/{coordinates.agent}/*",
    ]
    assert len(policy) <= MAX_POLICY_CHARS


@given(COORDINATES, COORDINATES)
def test_no_pattern_reaches_into_another_owner_s_data(one: Coordinates, two: Coordinates) -> None:
    resource, prefix = patterns(data_policy(one, bucket=BUCKET, table_arn=None))
    theirs = f"{two.prefix}notes.txt"

    # `*` stands at the end only, so a match is a common beginning.
    assert f"arn:aws:s3:::{BUCKET}/{theirs}".startswith(resource[:-1]) == (one == two)
    assert theirs.startswith(prefix[:-1]) == (one == two)


def test_a_data_policy_says_just_this() -> None:
    policy = json.loads(data_policy(ACME, bucket=BUCKET, table_arn=TABLE_ARN))

    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": "arn:aws:s3:::gatehouse-data/demo/acme/hello/*",
            },
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::gatehouse-data",
                "Condition": {"StringLike": {"s3:prefix": "demo/acme/hello/*"}},
            },
            {
                "Effect": "Allow",
                "Action": [
                    "dynamodb:GetItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    "dynamodb:DeleteItem",
                    "dynamodb:Query",
                ],
                "Resource": TABLE_ARN,
                "Condition": {
                    "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "APP#demo#TENANT#acme"},
                    "Null": {"dynamodb:LeadingKeys": "false"},
                },
            },
        ],
    }


def test_a_bucket_alone_and_a_table_alone_are_granted_alone() -> None:
    both = json.loads(data_policy(ACME, bucket=BUCKET, table_arn=TABLE_ARN))["Statement"]
    bucket = json.loads(data_policy(ACME, bucket=BUCKET, table_arn=None))["Statement"]
    table = json.loads(data_policy(ACME, bucket=None, table_arn=TABLE_ARN))["Statement"]

    assert bucket == both[:2]
    assert table == both[2:]


def test_a_data_policy_about_nothing_is_refused() -> None:
    with pytest.raises(PolicyRefused):
        data_policy(ACME, bucket=None, table_arn=None)


def test_a_bucket_is_in_the_partition_of_the_table() -> None:
    arn = f"arn:aws-cn:dynamodb:cn-north-1:{ACCOUNT}:table/gatehouse-data"

    policy = data_policy(ACME, bucket=BUCKET, table_arn=arn)

    assert "arn:aws:" not in policy


def test_the_longest_names_that_aws_allows_fit() -> None:
    longest = Coordinates(app=AppId("a" * 63), tenant=TenantId("t" * 63), agent=AgentName("g" * 63))
    arn = f"arn:aws-us-gov:dynamodb:us-gov-west-1:{ACCOUNT}:table/{'d' * 255}"

    assert len(data_policy(longest, bucket="b" * 63, table_arn=arn)) <= MAX_POLICY_CHARS


def test_a_policy_of_just_the_limit_is_taken_and_one_more_is_refused() -> None:
    length = len(data_policy(ACME, bucket=None, table_arn="t"))
    room = MAX_POLICY_CHARS - length

    assert len(data_policy(ACME, bucket=None, table_arn="t" * (room + 1))) == MAX_POLICY_CHARS
    with pytest.raises(PolicyRefused, match="2049"):
        data_policy(ACME, bucket=None, table_arn="t" * (room + 2))


HOSTILE = [
    pytest.param("*", id="star"),
    pytest.param("acme*", id="star-at-the-end"),
    pytest.param("acm?", id="question-mark"),
    pytest.param("${aws:username}", id="variable"),
    pytest.param("$", id="dollar"),
    pytest.param("acmé", id="not-ascii"),
    pytest.param("\uff0a", id="full-width-star"),
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("place", ["app", "tenant", "agent"])
def test_a_name_that_came_past_the_parser_does_not_widen_a_policy(place: str, name: str) -> None:
    names = {"app": "demo", "tenant": "acme", "agent": "hello"} | {place: name}
    hostile = Coordinates(
        app=AppId(names["app"]), tenant=TenantId(names["tenant"]), agent=AgentName(names["agent"])
    )

    with pytest.raises(PolicyRefused):
        data_policy(hostile, bucket=BUCKET, table_arn=TABLE_ARN)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_resource_that_is_a_pattern_is_refused(name: str) -> None:
    with pytest.raises(PolicyRefused):
        data_policy(ACME, bucket=name, table_arn=None)
    with pytest.raises(PolicyRefused):
        data_policy(ACME, bucket=None, table_arn=f"{TABLE_ARN}{name}")
    for extras in EXTRAS:
        with pytest.raises(PolicyRefused):
            caller_policy(f"{RUNTIME_ARN}{name}", *extras)


@given(SLUGS, st.sampled_from("*?$"), st.integers(0, 63))
def test_a_pattern_anywhere_in_a_name_refuses_it(name: str, pattern: str, at: int) -> None:
    hostile = Coordinates(
        app=AppId("demo"),
        tenant=TenantId(name[:at] + pattern + name[at:]),
        agent=AgentName("hello"),
    )

    with pytest.raises(PolicyRefused):
        data_policy(hostile, bucket=BUCKET, table_arn=None)


def test_a_quote_in_a_name_does_not_end_the_text() -> None:
    odd = 'b","Resource":"arn'

    statements = json.loads(data_policy(ACME, bucket=odd, table_arn=None))["Statement"]

    assert statements[1]["Resource"] == f"arn:aws:s3:::{odd}"


# -- callers


def test_a_caller_may_invoke_and_stop_this_runtime_and_nothing_else() -> None:
    assert json.loads(caller_policy(RUNTIME_ARN)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "bedrock-agentcore:InvokeAgentRuntime",
                    "bedrock-agentcore:StopRuntimeSession",
                ],
                "Resource": [RUNTIME_ARN, f"{RUNTIME_ARN}/*"],
            }
        ],
    }


def test_only_who_is_told_so_may_say_for_which_user() -> None:
    (plain,) = json.loads(caller_policy(RUNTIME_ARN))["Statement"]
    (for_user,) = json.loads(caller_policy(RUNTIME_ARN, Extra.USER))["Statement"]

    assert set(for_user["Action"]) - set(plain["Action"]) == {
        "bedrock-agentcore:InvokeAgentRuntimeForUser"
    }
    assert for_user["Resource"] == plain["Resource"]


def test_only_an_agent_with_a_websocket_may_be_spoken_to_over_one() -> None:
    (plain,) = json.loads(caller_policy(RUNTIME_ARN))["Statement"]
    (websocket,) = json.loads(caller_policy(RUNTIME_ARN, Extra.WEBSOCKET))["Statement"]

    assert set(websocket["Action"]) - set(plain["Action"]) == {
        "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream"
    }
    assert websocket["Resource"] == plain["Resource"]


def test_only_an_agent_with_a_card_shows_it() -> None:
    plain = json.loads(caller_policy(RUNTIME_ARN))["Statement"][0]["Action"]
    card = json.loads(caller_policy(RUNTIME_ARN, Extra.CARD))["Statement"][0]["Action"]

    assert set(card) - set(plain) == {"bedrock-agentcore:GetAgentCard"}


def test_for_a_user_over_a_websocket_is_a_permission_of_its_own() -> None:
    for_user = json.loads(caller_policy(RUNTIME_ARN, Extra.USER))["Statement"][0]["Action"]
    websocket = json.loads(caller_policy(RUNTIME_ARN, Extra.WEBSOCKET))["Statement"][0]["Action"]
    extras = (Extra.USER, Extra.WEBSOCKET)
    both = json.loads(caller_policy(RUNTIME_ARN, *extras))["Statement"][0]["Action"]

    assert set(both) - {*for_user, *websocket} == {
        "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStreamForUser"
    }


def test_every_extra_of_the_longest_arn_fits() -> None:
    arn = f"arn:aws-us-gov:bedrock-agentcore:us-gov-west-1:{ACCOUNT}:runtime/{'r' * 48}-{'x' * 10}"

    assert len(caller_policy(arn, *Extra)) <= MAX_POLICY_CHARS


def test_a_runtime_whose_name_begins_alike_is_not_reached() -> None:
    for extras in EXTRAS:
        policy = caller_policy(RUNTIME_ARN, *extras)
        resources = json.loads(policy)["Statement"][0]["Resource"]

        assert patterns(policy) == [f"{RUNTIME_ARN}/*"]
        assert not any(
            f"{RUNTIME_ARN}x".startswith(one.rstrip("*")) and one[-1] == "*" for one in resources
        )


def test_a_refused_policy_is_the_deployer_s_fault() -> None:
    error = PolicyRefused("why")

    assert (error.code, error.status, error.faults) == ("policy_refused", 500, ["why"])
