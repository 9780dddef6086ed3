"""Which headers reach the container, and which come back."""

import pytest

from devstack.aws.agentcore.headers import to_caller, to_container

SESSION = "s" * 33
SESSION_HEADER = ("x-amzn-bedrock-agentcore-runtime-session-id", SESSION)


@pytest.mark.parametrize(
    "name",
    [
        "accept",
        "baggage",
        "content-type",
        "mcp-session-id",
        "traceparent",
        "tracestate",
        "x-amzn-trace-id",
        "x-amzn-bedrock-agentcore-runtime-custom-data-grant",
    ],
)
def test_what_the_contract_names_reaches_the_container(name: str) -> None:
    assert to_container(((name, "v"),), session_id=SESSION) == ((name, "v"), SESSION_HEADER)


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "cookie",
        "forwarded",
        "host",
        "origin",
        "user-agent",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-bedrock-agentcore-identity-wat",
        "x-amzn-bedrock-agentcore-runtime-user-id",
        "x-amzn-bedrock-agentcore-runtime-customised",
        "x-amzn-oidc-data",
        "x-csrf-token",
        "x-forwarded-for",
        "workloadaccesstoken",
    ],
)
def test_everything_else_does_not(name: str) -> None:
    assert to_container(((name, "v"),), session_id=SESSION) == (SESSION_HEADER,)


def test_the_session_is_the_data_planes_word_not_the_callers() -> None:
    forged = ((SESSION_HEADER[0], "forged"),)

    assert to_container(forged, session_id=SESSION) == (SESSION_HEADER,)


def test_of_the_answer_the_model_s_headers_come_back() -> None:
    answered = (
        ("content-type", "text/event-stream"),
        ("mcp-session-id", "m"),
        ("server", "agent"),
        ("set-cookie", "a=b"),
        ("x-debug", "internal"),
        (SESSION_HEADER[0], "forged"),
    )

    assert to_caller(answered, session_id=SESSION) == (
        ("content-type", "text/event-stream"),
        ("mcp-session-id", "m"),
        SESSION_HEADER,
    )
