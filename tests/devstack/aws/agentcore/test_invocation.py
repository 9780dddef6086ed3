"""What a request to the data plane asks for, and AgentCore's own limits."""

from urllib.parse import quote
from uuid import UUID

import pytest

from devstack.aws.agentcore.invocation import (
    SESSION_HEADER,
    USER_HEADER,
    check_payload,
    named_session_id,
    session_id,
    target,
    user_id,
)
from devstack.aws.errors import AwsError
from devstack.aws.place import Place
from devstack.aws.services.agentcore import requests
from devstack.aws.wire import Pairs, WireRequest

PLACE = Place(account="123456789012", region="us-east-1")
ID = "hello-a1B2c3D4e5"
ARN = f"arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/{ID}"
ENCODED = quote(ARN, safe="")
FALLBACK = UUID("9a1c7c1e-6d5c-4b8e-9a35-0f6b2f3b8e11")


def post(path: str, *headers: tuple[str, str], method: str = "POST") -> WireRequest:
    plain, _, query = path.partition("?")
    pairs: Pairs = tuple(headers)
    return WireRequest(method=method, path=plain, query=query, headers=pairs, body=b"")


@pytest.mark.parametrize(
    ("path", "operation", "qualifier"),
    [
        (f"/runtimes/{ENCODED}/invocations", "InvokeAgentRuntime", None),
        (f"/runtimes/{ENCODED}/invocations?qualifier=DEFAULT", "InvokeAgentRuntime", "DEFAULT"),
        (f"/runtimes/{ENCODED}/stopruntimesession", "StopRuntimeSession", None),
        (f"/runtimes/{ENCODED}/commands", "InvokeAgentRuntimeCommand", None),
        (f"/runtimes/{ID}/invocations?accountId=123456789012", "InvokeAgentRuntime", None),
    ],
)
def test_path_and_query_name_the_target(path: str, operation: str, qualifier: str | None) -> None:
    wanted = target(post(path), PLACE)

    assert (wanted.operation, wanted.runtime_arn, wanted.qualifier) == (operation, ARN, qualifier)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        pytest.param(f"/runtimes/{ENCODED}", "UnknownOperationException", id="no operation"),
        pytest.param(f"/runtimes/{ENCODED}/ws", "UnknownOperationException", id="websocket"),
        pytest.param(
            f"/runtimes/x/../{ENCODED}/invocations", "UnknownOperationException", id="dots"
        ),
        pytest.param(f"/runtimes/{ID}/invocations", "ValidationException", id="id, no account"),
        pytest.param(
            f"/runtimes/{ID}/invocations?accountId=1", "ValidationException", id="short account"
        ),
        pytest.param("/runtimes/*/invocations", "ValidationException", id="pattern"),
        pytest.param(
            f"/runtimes/{ENCODED}%2Fruntime-endpoint%2FX/invocations",
            "ValidationException",
            id="endpoint's ARN",
        ),
        pytest.param(
            f"/runtimes/{ENCODED}/invocations?qualifier=a/b", "ValidationException", id="qualifier"
        ),
        pytest.param(
            f"/runtimes/{ENCODED}/invocations?qualifier=A&qualifier=B",
            "ValidationException",
            id="two qualifiers",
        ),
    ],
)
def test_malformed_targets_are_refused(path: str, code: str) -> None:
    with pytest.raises(AwsError) as refused:
        target(post(path), PLACE)

    assert refused.value.code == code


def test_only_post_is_an_operation() -> None:
    with pytest.raises(AwsError):
        target(post(f"/runtimes/{ENCODED}/invocations", method="GET"), PLACE)


@pytest.mark.parametrize("length", [33, 256])
def test_a_session_id_has_33_to_256_characters(length: int) -> None:
    given = post("/", (SESSION_HEADER, "s" * length))

    assert session_id(given, fallback=FALLBACK) == "s" * length
    assert named_session_id(given) == "s" * length


@pytest.mark.parametrize("given", ["", "s" * 32, "s" * 257, "s" * 32 + " s", "s" * 33 + "é"])
def test_other_session_ids_are_refused(given: str) -> None:
    request = post("/", (SESSION_HEADER, given))

    with pytest.raises(AwsError) as refused:
        session_id(request, fallback=FALLBACK)
    with pytest.raises(AwsError):
        named_session_id(request)

    assert (refused.value.code, refused.value.status) == ("ValidationException", 400)


def test_a_session_without_an_id_gets_one_unless_it_is_to_be_stopped() -> None:
    assert session_id(post("/"), fallback=FALLBACK) == str(FALLBACK)
    with pytest.raises(AwsError):
        named_session_id(post("/"))


@pytest.mark.parametrize("given", ["", "u" * 1025])
def test_a_user_id_has_1_to_1024_characters(given: str) -> None:
    with pytest.raises(AwsError):
        user_id(post("/", (USER_HEADER, given)))


def test_a_payload_has_at_most_100_megabytes() -> None:
    check_payload(b"")
    with pytest.raises(AwsError):
        check_payload(b"x" * 100_000_001)


def asked(path: str, *headers: tuple[str, str]) -> list[tuple[str, str]]:
    request = post(path, *headers)
    found = requests(target(request, PLACE), user_id=user_id(request))
    return [(r.action.partition(":")[2], r.resource.removeprefix(ARN)) for r in found]


ENDPOINT = "/runtime-endpoint/DEFAULT"


def test_an_invocation_asks_about_the_runtime() -> None:
    assert asked(f"/runtimes/{ENCODED}/invocations") == [("InvokeAgentRuntime", "")]


def test_a_qualifier_asks_about_the_endpoint_too() -> None:
    assert asked(f"/runtimes/{ENCODED}/invocations?qualifier=DEFAULT") == [
        ("InvokeAgentRuntime", ""),
        ("InvokeAgentRuntime", ENDPOINT),
    ]


def test_a_user_id_asks_for_a_further_permission() -> None:
    assert asked(f"/runtimes/{ENCODED}/invocations?qualifier=DEFAULT", (USER_HEADER, "alice")) == [
        ("InvokeAgentRuntime", ""),
        ("InvokeAgentRuntime", ENDPOINT),
        ("InvokeAgentRuntimeForUser", ""),
        ("InvokeAgentRuntimeForUser", ENDPOINT),
    ]


@pytest.mark.parametrize(
    ("path", "action"),
    [("stopruntimesession", "StopRuntimeSession"), ("commands", "InvokeAgentRuntimeCommand")],
)
def test_other_operations_have_their_own_action(path: str, action: str) -> None:
    assert asked(f"/runtimes/{ENCODED}/{path}", (USER_HEADER, "alice")) == [(action, "")]
