"""The agent's memory of a conversation."""

import signal
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from ag_ui.core import BaseEvent, EventType, TextMessageContentEvent

from agent_client.chat import ANNA, BERT, Answer, Chat, grant
from agent_client.process import STOP_S, RunningAgent, running
from agent_client.s3 import FakeS3

TRIES = 200


def settled(ask: Callable[[], Answer]) -> Answer:
    """Ask until the conversation is free: a turn that was hung up on ends by itself, soon."""
    for _ in range(TRIES):
        answer = ask()
        if answer.error is None or answer.error.code != "chat_busy":
            return answer
    raise AssertionError("the turn does not end")


def read_pieces(events: Generator[BaseEvent], count: int) -> None:
    for event in events:
        count -= isinstance(event, TextMessageContentEvent)
        if count == 0:
            return


def test_a_new_conversation_is_empty(granted: Chat) -> None:
    answer = granted.show()

    assert answer.kinds == [
        EventType.RUN_STARTED,
        EventType.MESSAGES_SNAPSHOT,
        EventType.RUN_FINISHED,
    ]
    assert answer.messages == []


@pytest.mark.parametrize("kind", ["chat", "granted"])
def test_a_conversation_is_shown_as_it_went(kind: str, request: pytest.FixtureRequest) -> None:
    chat: Chat = request.getfixturevalue(kind)
    greeting = chat.say("hello").text
    time_told = chat.say("what time is it?")

    shown = chat.show()

    assert shown.said == [
        ("user", "hello"),
        ("assistant", greeting),
        ("user", "what time is it?"),
        ("assistant", ""),
        ("tool", time_told.results[0]),
        ("assistant", time_told.text),
    ]
    assert len({message.id for message in shown.messages}) == 6
    assert shown.messages == chat.show().messages


def test_a_chat_goes_on_in_another_process(
    s3: FakeS3, log: Path, session: str, tenant: str
) -> None:
    for said, expected in [("remember buy milk", "Noted"), ("what did I say before?", "buy milk")]:
        with running(log, AWS_ENDPOINT_URL=s3.url) as agent:
            chat = Chat(url=agent.url, session=session, grant=grant(tenant))

            assert expected in chat.say(said).text


def test_a_conversation_lies_under_the_grant_s_prefix(
    granted: Chat, s3: FakeS3, session: str, tenant: str
) -> None:
    before = set(s3.stored())
    granted.say("hello")

    prefix = f"demo/{tenant}/hello/sessions/{session}/"
    new = set(s3.stored()) - before
    assert new
    assert all(key.startswith(prefix) for key in new)


def test_the_body_opens_nobody_else_s_conversation(agent: RunningAgent, session: str) -> None:
    Chat(url=agent.url, session=session).say("remember my secret")
    thief = Chat(url=agent.url, session=session[::-1], thread_id=session)

    assert thief.show().messages == []
    assert "first thing" in thief.say("what did I say before?").text


def test_a_tenant_does_not_see_another_one_s_conversation(
    agent: RunningAgent, s3: FakeS3, session: str, tenant: str
) -> None:
    Chat(url=agent.url, session=session, grant=grant(tenant)).say("hello")

    other = Chat(url=agent.url, session=session, grant=grant(f"{tenant}x"))

    assert s3.stored()
    assert other.show().messages == []


def test_without_a_grant_nothing_leaves_the_process(chat: Chat, s3: FakeS3) -> None:
    chat.say("hello")
    chat.say("remember this")

    assert len(chat.show().messages) == 6
    assert s3.seen == []


def test_a_missing_conversation_may_be_forbidden(granted: Chat, s3: FakeS3) -> None:
    # S3 answers so to whoever may list the grant's prefix only.
    s3.missing_is_forbidden = True

    assert granted.show().messages == []
    assert granted.say("hello").error is None
    assert len(granted.show().messages) == 2


def test_a_conversation_that_cannot_be_read_is_told_in_our_words(granted: Chat, s3: FakeS3) -> None:
    granted.say("hello")
    s3.verdict = lambda _method, _path: 403

    answer = granted.say("hello")

    assert answer.kinds == [EventType.RUN_STARTED, EventType.RUN_ERROR]
    assert answer.error is not None
    assert answer.error.code == "history_unavailable"
    assert "upstream words" not in answer.error.message
    s3.verdict = lambda _method, _path: None
    # And it was not begun anew over the one that is there.
    assert len(granted.show().messages) == 2


def test_a_conversation_that_cannot_be_kept_is_told_in_our_words(granted: Chat, s3: FakeS3) -> None:
    s3.verdict = lambda method, _path: 403 if method == "PUT" else None

    answer = granted.say("hello")

    assert answer.kinds[-1] == EventType.RUN_ERROR
    assert answer.error is not None
    assert answer.error.code == "agent_failed"
    for words in ("upstream", "AccessDenied", "S3", "snapshot"):
        assert words not in str(answer.events)


def test_a_broken_snapshot_is_told_in_our_words(granted: Chat, s3: FakeS3) -> None:
    granted.say("hello")
    [key] = [key for key in s3.stored() if granted.session in key]
    s3.put(key, "{not json")

    answer = granted.show()

    assert answer.error is not None
    assert answer.error.code == "history_unavailable"


def test_one_conversation_has_one_turn_at_a_time(log: Path) -> None:
    with running(log, OFFLINE_PAUSE_MS="20") as agent:
        chat = Chat(url=agent.url, session=ANNA)
        with chat.saying("count to 1000") as events:
            read_pieces(events, 2)

            again = chat.say("hello")
            other = Chat(url=agent.url, session=BERT).say("hello")

    assert again.error is not None
    assert again.error.code == "chat_busy"
    assert other.error is None


def test_a_turn_that_was_hung_up_on_ends_and_is_kept(log: Path) -> None:
    with running(log, OFFLINE_PAUSE_MS="20") as agent:
        chat = Chat(url=agent.url, session=ANNA)
        with chat.saying("count to 1000") as events:
            read_pieces(events, 3)

        shown = settled(chat.show)

    roles = shown.said
    assert roles[0] == ("user", "count to 1000")
    assert roles[1][1].startswith("1 2 3 ")
    assert roles[1][1].endswith(" …")
    assert len(roles[1][1]) < 400


def test_sigterm_keeps_what_was_said(s3: FakeS3, log: Path, session: str, tenant: str) -> None:
    variables = {"AWS_ENDPOINT_URL": s3.url, "OFFLINE_PAUSE_MS": "20"}
    with running(log, **variables) as agent:
        chat = Chat(url=agent.url, session=session, grant=grant(tenant))
        with chat.saying("count to 1000") as events:
            read_pieces(events, 3)
            agent.process.terminate()
            rest: list[BaseEvent] = list(events)
        agent.process.wait(STOP_S)

    assert rest[-1].type == EventType.RUN_FINISHED
    with running(log, **variables) as agent:
        shown = Chat(url=agent.url, session=session, grant=grant(tenant)).show()
    assert shown.said[1][1].startswith("1 2 3 ")


def test_a_killed_process_leaves_a_conversation_that_can_go_on(
    s3: FakeS3, log: Path, session: str, tenant: str
) -> None:
    variables = {"AWS_ENDPOINT_URL": s3.url, "OFFLINE_PAUSE_MS": "20"}
    with running(log, **variables) as agent:
        chat = Chat(url=agent.url, session=session, grant=grant(tenant))
        with chat.saying("count to 1000") as events:
            read_pieces(events, 3)
            agent.process.send_signal(signal.SIGKILL)
            agent.process.wait(STOP_S)

    with running(log, **variables) as agent:
        chat = Chat(url=agent.url, session=session, grant=grant(tenant))
        shown = chat.show()
        answer = chat.say("what did I say before?")

    assert shown.said == [
        ("user", "count to 1000"),
        ("assistant", "(This answer was interrupted.)"),
    ]
    assert "count to 1000" in answer.text
