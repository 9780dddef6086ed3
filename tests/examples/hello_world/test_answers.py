"""What the agent answers, and in which events."""

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from ag_ui.core import EventType, RunFinishedEvent, RunStartedEvent, TextMessageContentEvent

from agent_client.chat import ANNA, Chat
from agent_client.process import running


def test_an_answer_is_a_run_with_one_message(chat: Chat) -> None:
    answer = chat.say("Hello!")

    kinds = answer.kinds
    assert kinds[:2] == [EventType.RUN_STARTED, EventType.TEXT_MESSAGE_START]
    assert kinds[-2:] == [EventType.TEXT_MESSAGE_END, EventType.RUN_FINISHED]
    assert set(kinds[2:-2]) == {EventType.TEXT_MESSAGE_CONTENT}
    assert len(kinds) > 8
    assert answer.text.startswith("Hello!")


def test_a_run_keeps_the_client_s_ids(chat: Chat) -> None:
    chat.thread_id = "the client's own"

    events = chat.say("hello").events

    first, last = events[0], events[-1]
    assert isinstance(first, RunStartedEvent)
    assert isinstance(last, RunFinishedEvent)
    assert (first.thread_id, first.run_id) == ("the client's own", "run")
    assert (last.thread_id, last.run_id) == ("the client's own", "run")


@pytest.mark.parametrize(
    ("said", "tool"),
    [
        ("remember buy milk", "write_note"),
        ("Note: buy milk", "write_note"),
        ("please remember that the door sticks", "write_note"),
        ("notes", "read_notes"),
        ("What do you remember?", "read_notes"),
        ("show me my notes", "read_notes"),
        ("what time is it?", "current_time"),
        ("Which day is today?", "current_time"),
    ],
)
def test_some_requests_call_a_tool(chat: Chat, said: str, tool: str) -> None:
    answer = chat.say(said)

    assert answer.tools == [tool]
    assert answer.kinds[1:5] == [
        EventType.TOOL_CALL_START,
        EventType.TOOL_CALL_ARGS,
        EventType.TOOL_CALL_END,
        EventType.TOOL_CALL_RESULT,
    ]
    assert answer.kinds[-1] == EventType.RUN_FINISHED
    assert answer.results[0] in answer.text


@pytest.mark.parametrize("said", ["Good morning", "hi", "sing me a song", "I noted that"])
def test_others_are_answered_in_words(chat: Chat, said: str) -> None:
    assert chat.say(said).tools == []


def test_what_is_not_understood_is_explained_in_markdown(chat: Chat) -> None:
    text = chat.say("sing me a song").text

    assert "\n\n" in text
    assert "**small example agent**" in text
    assert "- `count to 100`" in text


def test_the_time_is_the_time(chat: Chat) -> None:
    told = datetime.strptime(
        chat.say("what time is it?").results[0], "%A, %d %B %Y, %H:%M:%S UTC"
    ).replace(tzinfo=UTC)

    now = datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251 compared with the agent's own
    assert abs(now - told) < timedelta(seconds=30)


def test_counting_gives_one_piece_per_number(chat: Chat) -> None:
    answer = chat.say("count to 25")

    pieces = [e.delta for e in answer.events if isinstance(e, TextMessageContentEvent)]
    assert pieces == [f"{number} " for number in range(1, 26)]


def test_counting_ends_somewhere(chat: Chat) -> None:
    assert chat.say("count to 999999").text.endswith(" 1000 ")


def test_the_same_words_get_the_same_answer(chat: Chat) -> None:
    assert chat.say("sing me a song").text == chat.say("sing me a song").text


def test_an_answer_arrives_while_it_is_made(log: Path) -> None:
    arrivals: list[float] = []
    with running(log, OFFLINE_PAUSE_MS="40") as agent:
        chat = Chat(url=agent.url, session=ANNA)
        chat.say("hello")
        with chat.saying("count to 20") as events:
            arrivals.extend(
                time.monotonic() for event in events if isinstance(event, TextMessageContentEvent)
            )

    gaps = [after - before for before, after in pairwise(arrivals)]
    assert len(arrivals) == 20
    # Were they buffered anywhere, they would come at once.
    assert sorted(gaps)[len(gaps) // 2] > 0.02
