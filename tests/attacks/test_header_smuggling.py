"""Header smuggling: of what a browser sends, only what is on a list ever reaches an agent."""

import base64
import json
import logging
from datetime import UTC, datetime

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from attacks.smuggled import SMUGGLED, spellings
from fakes.proxy.browser import ORIGIN, Browser
from fakes.proxy.house import House
from fakes.proxy.runtime import answers

ALLOWED = {
    "accept",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "x-amz-date",
    "x-amz-security-token",
    "x-amzn-bedrock-agentcore-runtime-custom-data-grant",
    "x-amzn-bedrock-agentcore-runtime-session-id",
}


@pytest.mark.parametrize("agent", ["hello", "ledger", "bearer"])
async def test_header_smuggling_of_every_name_in_every_spelling(
    house: House, alice: Browser, agent: str
) -> None:
    house.runtime.default = answers(b"{}")
    for index in range(len(spellings(""))):
        names = [spellings(name)[index] for name in SMUGGLED]
        # In its own spelling it is refused: the message was sent before (test_sse_readers.py).
        headers = [(name, "smuggled") for name in names if name.lower() != "last-event-id"]
        headers.append(("Origin", ORIGIN))
        assert (await alice.say(agent, headers=headers)).status == 200

    for call in house.runtime.invocations:
        names = [name.lower() for name, _ in call.headers]
        assert len(set(names)) == len(names)
        assert set(names) <= ALLOWED | {"x-amzn-bedrock-agentcore-runtime-user-id"}
        assert "smuggled" not in json.dumps(call.headers)
        assert call.header("content-type") == "application/json"
        assert call.header("host") == house.wire.origin.removeprefix("http://")


async def test_header_smuggling_the_browsers_cookies_stay_here(
    house: House, alice: Browser
) -> None:
    await alice.say("hello", headers=[("Cookie", "other=1"), ("Cookie2", "x")])

    (call,) = house.runtime.invocations
    assert call.header("cookie") is None
    assert str(alice.ticket) not in json.dumps(call.headers)


OURS = {
    "cookie",
    "x-csrf",
    "origin",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
    "sec-fetch-user",
    "chat-id",
    "accept",
    "content-length",
}
"""Headers of a request that are read here, and mean something."""


def names_that_nobody_has_thought_of() -> list[str]:
    """Return made-up names of headers."""
    made: set[str] = set()
    letters = st.text("abcdefghijklmnopqrstuvwxyz-_XYZ0123456789", min_size=1, max_size=30)
    prefix = st.sampled_from(
        ["", "x-", "X-Amz-", "x-amzn-", "X_AMZN_", "x-amzn-bedrock-agentcore-"]
    )

    @settings(max_examples=300, database=None)
    @given(st.builds("{}{}".format, prefix, letters))
    def collect(name: str) -> None:
        if name.lower() not in OURS:
            made.add(name)

    collect()
    return sorted(made)


async def test_header_smuggling_of_names_that_nobody_has_thought_of(
    house: House, alice: Browser
) -> None:
    names = names_that_nobody_has_thought_of()
    for start in range(0, len(names), 50):
        sent = [(name, "smuggled") for name in names[start : start + 50]]
        assert (await alice.say("hello", headers=sent)).status == 200

    assert len(names) > 100
    for call in house.runtime.invocations:
        assert {name.lower() for name, _ in call.headers} <= ALLOWED
        assert "smuggled" not in json.dumps(call.headers)


async def test_header_smuggling_of_a_name_that_comes_twice(house: House, alice: Browser) -> None:
    house.runtime.default = answers(b"{}")
    for first, second in (("Accept", "accept"), ("Accept", "ACCEPT"), ("Accept ", "Accept")):
        twice = [(first, "application/json"), (second, "text/html, smuggled")]
        assert (await alice.say("hello", headers=twice)).status == 200

    for call in house.runtime.invocations:
        assert "smuggled" not in json.dumps(call.headers)
        assert "html" not in str(call.header("accept"))


@pytest.mark.parametrize(
    "chars",
    [
        "\r\nX-Evil: 1",
        "\nX-Evil: 1",
        "\rX-Evil: 1",
        "\r\n X-Evil: 1",
        "\r\n\tX-Evil: 1",
        "\x85X-Evil: 1",
        "\x00",
        "\x7f",
        "é",
    ],
)
async def test_header_smuggling_by_line_ends_in_a_value(
    house: House, alice: Browser, chars: str
) -> None:
    await alice.say("hello", headers=[("Accept", f"text/event-stream{chars}"), ("X-Y", chars)])

    (call,) = house.runtime.invocations
    assert "evil" not in json.dumps(call.headers).lower()
    assert call.header("accept") == "text/event-stream, application/json"


async def test_header_smuggling_by_the_path_and_the_query(house: House, alice: Browser) -> None:
    await alice.fetch(
        "POST",
        "/api/agents/hello/invocations?accountId=999999999999&qualifier=evil#x",
        body=b"{}",
    )

    (call,) = house.runtime.invocations
    assert call.target == (
        "/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-east-1%3A123456789012%3Aruntime%2F"
        "hello-a1B2c3D4e5/invocations?qualifier=DEFAULT"
    )


async def test_header_smuggling_what_arrives_is_what_was_signed(
    house: House,
    alice: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # The test's own signer writes down what it signs.
    caplog.set_level(logging.WARNING, "botocore.auth")
    await alice.say("hello", '{"prompt": "Grüß Gott"}'.encode())

    (call,) = house.runtime.invocations
    given = str(call.header("authorization"))
    names = given.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    now = datetime.fromtimestamp(house.clock.now(), UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: now)
    grant = house.vendor.sold[0]
    assert grant.session_token is not None
    signer = SigV4Auth(
        Credentials(
            grant.access_key_id,
            grant.secret_access_key.reveal(),
            grant.session_token.reveal(),
        ),
        "bedrock-agentcore",
        "us-east-1",
    )
    own = {"authorization", "content-length", "host", "x-amz-date", "x-amz-security-token"}
    headers = {name: value for name, value in call.headers if name.lower() not in own}
    again = AWSRequest("POST", f"{house.wire.origin}{call.target}", headers, call.body)
    signer.add_auth(again)

    assert again.headers["Authorization"] == given
    unsigned = {name.lower() for name, _ in call.headers} - set(names)
    assert unsigned == {"authorization", "content-length"}


async def test_header_smuggling_the_data_grant_is_the_sessions_own(
    house: House, alice: Browser
) -> None:
    forged = base64.urlsafe_b64encode(b'{"v":1,"prefix":"demo/globex/hello/"}').decode()
    name = "X-Amzn-Bedrock-AgentCore-Runtime-Custom-Data-Grant"

    await alice.say("hello", headers=[(name, forged)])

    (call,) = house.runtime.invocations
    members = json.loads(base64.urlsafe_b64decode(str(call.header(name)) + "=="))
    assert members["prefix"] == "demo/acme/hello/"
    assert members["partition"] == "APP#demo#TENANT#acme"
