"""Notes in S3, by the data grant alone."""

import base64
import json
from pathlib import Path

import pytest

from agent_client.chat import Chat, grant, grant_members, header_of
from agent_client.process import RunningAgent, running
from agent_client.s3 import FakeS3

HELLO = b'{"threadId":"t","runId":"r","messages":[{"id":"1","role":"user","content":"hello"}]}'


def test_a_note_is_kept_and_read(granted: Chat) -> None:
    assert granted.say("remember buy milk").results == ["Noted: buy milk"]
    granted.say("note: water the plants")

    text = granted.say("notes").text

    assert text.endswith("- buy milk\n- water the plants")


def test_there_may_be_no_notes(granted: Chat) -> None:
    assert granted.say("notes").results == ["There are no notes yet."]


def test_notes_lie_under_the_grant_s_prefix(granted: Chat, s3: FakeS3, tenant: str) -> None:
    granted.say("remember buy milk")

    keys = [key for key in s3.stored() if key.startswith(f"demo/{tenant}/hello/notes/")]
    assert len(keys) == 1
    assert json.loads(s3.text(keys[0]))["text"] == "buy milk"


def test_notes_are_the_team_s_and_nobody_else_s(
    agent: RunningAgent, granted: Chat, session: str, tenant: str
) -> None:
    granted.say("remember buy milk")

    colleague = Chat(url=agent.url, session=session[::-1], grant=grant(tenant))
    stranger = Chat(url=agent.url, session=session[::-1], grant=grant(f"{tenant}x"))

    assert "buy milk" in colleague.say("notes").text
    assert stranger.say("notes").results == ["There are no notes yet."]


def test_only_the_grant_s_credentials_are_used(
    log: Path, s3: FakeS3, session: str, tenant: str
) -> None:
    variables = {
        "AWS_ENDPOINT_URL": s3.url,
        "AWS_ACCESS_KEY_ID": "AKIAEXECUTIONROLE",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "y",
    }
    names = (tenant, f"{tenant}x")
    with running(log, **variables) as agent:
        for name in (*names, tenant):
            Chat(url=agent.url, session=session, grant=grant(name)).say("remember buy milk")

    used = {(seen.path.split("/")[3], seen.access_key_id, seen.session_token) for seen in s3.seen}
    granted = {name: grant_members(name) for name in names}
    assert used == {
        (name, members["access_key_id"], members["session_token"])
        for name, members in granted.items()
    }


def test_notes_that_cannot_be_reached_are_no_failure(granted: Chat, s3: FakeS3) -> None:
    s3.verdict = lambda _method, path: 403 if "/notes/" in path else None

    written = granted.say("remember buy milk")

    assert written.error is None
    assert written.results == ["I cannot reach the notes at the moment. Please try again later."]
    assert "upstream words" not in str(written.events)


def test_without_a_grant_the_agent_says_so(chat: Chat) -> None:
    for said in ("remember buy milk", "notes"):
        answer = chat.say(said)

        assert answer.error is None
        assert "nobody has given me access" in answer.text


def test_a_note_can_be_too_long(granted: Chat) -> None:
    answer = granted.say(f"remember {'x' * 2001}")

    assert answer.results == ["A note has from 1 to 2000 characters."]


def test_a_note_somebody_else_wrote_there_does_no_harm(
    granted: Chat, s3: FakeS3, tenant: str
) -> None:
    s3.put(f"demo/{tenant}/hello/notes/20200101T000000.000000Z-x.json", "[]")
    granted.say("remember buy milk")

    assert granted.say("notes").text.endswith("- (a note that I cannot read)\n- buy milk")


def changed(**changes: object) -> str:
    members = {**grant_members(), **changes}
    return header_of({name: value for name, value in members.items() if value is not ...})


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("", id="empty"),
        pytest.param("!!!", id="not-base64url"),
        pytest.param("abc", id="not-json"),
        pytest.param(grant() + "=", id="padded"),
        pytest.param(header_of([1]), id="a-list"),
        pytest.param(
            changed(session_token="x" * 4096, secret_access_key="x" * 4096), id="too-long"
        ),
        pytest.param(base64.urlsafe_b64encode(b"[" * 3000).decode(), id="deep"),
        pytest.param(changed(v=2), id="another-version"),
        pytest.param(changed(v=True), id="a-version-that-is-true"),
        pytest.param(changed(v="1"), id="a-version-in-quotes"),
        pytest.param(changed(more="x"), id="one-member-more"),
        pytest.param(changed(table=...), id="one-member-less"),
        pytest.param(changed(access_key_id=""), id="no-key"),
        pytest.param(changed(session_token="a b"), id="a-blank-in-a-token"),
        pytest.param(changed(session_token="a\nb"), id="a-line-end-in-a-token"),
        pytest.param(changed(secret_access_key=7), id="a-number-for-a-key"),
        pytest.param(changed(bucket="a/b"), id="a-path-for-a-bucket"),
        pytest.param(changed(region="localhost:80/"), id="a-place-for-a-region"),
        pytest.param(changed(prefix="demo/acme/hello"), id="prefix-without-its-slash"),
        pytest.param(changed(prefix="demo/acme/"), id="prefix-of-all-agents"),
        pytest.param(changed(prefix="demo/*/hello/"), id="prefix-of-all-tenants"),
        pytest.param(changed(prefix="demo/acme/../"), id="prefix-that-climbs"),
        pytest.param(changed(prefix="demo/acme/hello/\n"), id="prefix-with-a-line-end"),
        pytest.param(changed(partition="APP#demo#TENANT#globex"), id="two-tenants"),
        pytest.param(changed(partition="APP#other#TENANT#acme"), id="two-apps"),
        pytest.param(changed(expiration="2020-01-01T00:00:00Z"), id="expired"),
        pytest.param(changed(expiration="2099-13-01T00:00:00Z"), id="no-such-time"),
        pytest.param(changed(expiration="2099-01-01T00:00:00+00:00"), id="another-form-of-time"),
        pytest.param(
            base64.urlsafe_b64encode(
                json.dumps(grant_members()).encode()[:-1] + b',"region":"eu-west-1"}'
            )
            .rstrip(b"=")
            .decode(),
            id="a-member-twice",
        ),
    ],
)
def test_a_malformed_grant_is_refused(chat: Chat, s3: FakeS3, header: str) -> None:
    chat.grant = header

    answer = chat.post(HELLO)

    assert answer.status_code == 400
    assert answer.json()["code"] == "data_grant_invalid"
    assert s3.seen == []


def test_a_refused_grant_is_quoted_nowhere(log: Path) -> None:
    members = {**grant_members(), "v": 2}
    with running(log) as agent:
        chat = Chat(url=agent.url, grant=header_of(members))
        answer = chat.post(HELLO).text

    for secret in ("secret_access_key", "session_token", "access_key_id"):
        assert str(members[secret]) not in answer + log.read_text()


def test_a_grant_in_use_is_logged_nowhere(log: Path, s3: FakeS3, session: str, tenant: str) -> None:
    with running(log, AWS_ENDPOINT_URL=s3.url) as agent:
        chat = Chat(url=agent.url, session=session, grant=grant(tenant))
        chat.say("remember buy milk")
        s3.verdict = lambda _method, _path: 403
        chat.say("notes")

    written = log.read_text()
    assert '"event": "history.unavailable"' in written
    members = grant_members(tenant)
    for secret in ("secret_access_key", "session_token", "access_key_id", "prefix"):
        assert str(members[secret]) not in written
