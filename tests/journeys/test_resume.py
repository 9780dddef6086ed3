"""An answer outlives its connection and, as far as it can, its process; where not, that is said."""

import os
import re
import signal
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from devstack.dev.plan import HERE
from devstack.dev.ports import free_port
from devstack.dev.stack import Stack
from fakes.counting_agent import AGENT_OPTIONS
from journeys.conftest import Started
from journeys.visitor import TIMEOUT_S, Visitor, run_input

pytestmark = pytest.mark.journey

PROMISED_S = 2.0
"""How soon a stop on one process ends the turn on another."""

LOST_WITHIN_S = 25.0
"""15 s without a sign of life, and what of five there was before; the rest is the machine's."""

_EVENT = re.compile(r"(?P<lines>(?:.+\n)*data: .+\n)id: (?P<turn>\w+)\.(?P<number>\d+)\n\n")
_DELTA = re.compile(r'"delta":\s?"(?P<text>[^"]*)"')


@pytest.fixture(scope="module")
def trio(start: Started, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Start three processes whose agent's turns outlive their browser."""
    registry = tmp_path_factory.mktemp("registry") / "registry.toml"
    usual = (HERE / "src" / "devstack" / "registry.toml").read_text()
    registry.write_text(usual.replace("stop_on_disconnect = true", "detach = true"))
    return start(
        bff_ports=(free_port(), free_port(), free_port()),
        bff_env={"BFF_REGISTRY": f"file:{registry}"},
        aws_options=AGENT_OPTIONS,
    )


def logged_in(stack: Stack, login: str) -> list[Visitor]:
    """Return somebody who is logged in, as served by each process."""
    visitor = Visitor(origin=stack.plan.public_url)
    assert visitor.log_in(login, stack.secrets.password).status_code == 200
    return [
        Visitor(origin=visitor.origin, via=origin, cookies=dict(visitor.cookies))
        for origin in stack.plan.bffs
    ]


@dataclass(kw_only=True)
class Reading:
    """A stream that is read in a thread of its own until it ends, or is dropped."""

    status: int = 0
    chat_id: str = ""
    text: str = ""
    ended_at: float = 0.0
    dropped: bool = False
    news: threading.Condition = field(default_factory=threading.Condition)
    over: threading.Event = field(default_factory=threading.Event)

    def read(self, visitor: Visitor, method: str, path: str, **options: object) -> None:
        """Read the answer."""
        headers = {
            "x-csrf": "1",
            "sec-fetch-site": "same-origin",
            **visitor._cookie(),
            **options.pop("headers", {}),  # type: ignore[dict-item]  # headers are a mapping
        }
        try:
            with (
                httpx.Client(timeout=TIMEOUT_S) as client,
                client.stream(method, visitor.via + path, headers=headers, **options) as answer,  # type: ignore[arg-type]  # as httpx spells them
            ):
                self.status, self.chat_id = answer.status_code, answer.headers["chat-id"]
                for chunk in answer.iter_text():
                    with self.news:
                        self.text += chunk
                        self.news.notify_all()
                    if self.dropped:
                        return
        except httpx.RemoteProtocolError:
            # Its process was killed.
            pass
        finally:
            self.ended_at = time.monotonic()
            self.over.set()

    def wait_for(self, count: int) -> None:
        """Wait until so many events have come."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.events) >= count, 20), self.text

    def drop(self) -> None:
        """Close the connection at the next bytes, wherever they end."""
        self.dropped = True
        assert self.over.wait(20)

    def end(self, within_s: float = 20.0) -> None:
        """Wait for the end."""
        assert self.over.wait(within_s), self.text[-500:]

    @property
    def events(self) -> list[re.Match[str]]:
        """The events that are complete."""
        return list(_EVENT.finditer(self.text))

    @property
    def last(self) -> str:
        """The id of the last of them."""
        event = self.events[-1]
        return f"{event['turn']}.{event['number']}"


@contextmanager
def asking(visitor: Visitor, text: str) -> Generator[Reading]:
    """Ask, and read the answer."""
    with _reading(
        visitor, "POST", "/api/agents/hello/invocations", json=run_input(text)
    ) as reading:
        yield reading


@contextmanager
def back(visitor: Visitor, chat_id: str, last: str) -> Generator[Reading]:
    """Come back to a chat's stream, and read the rest."""
    headers = {"last-event-id": last}
    with _reading(visitor, "GET", f"/api/chats/{chat_id}/stream", headers=headers) as reading:
        yield reading


@contextmanager
def _reading(visitor: Visitor, method: str, path: str, **options: object) -> Generator[Reading]:
    reading = Reading()
    arguments = (visitor, method, path)
    thread = threading.Thread(target=reading.read, args=arguments, kwargs=options, daemon=True)
    thread.start()
    yield reading
    thread.join(TIMEOUT_S)


def said(*readings: Reading) -> str:
    """Return the text of an answer that was read in several parts."""
    lines = "".join(event["lines"] for reading in readings for event in reading.events)
    return "".join(delta["text"] for delta in _DELTA.finditer(lines))


def numbers(*readings: Reading) -> list[int]:
    """Return the numbers of all events, in the order in which they came."""
    return [int(event["number"]) for reading in readings for event in reading.events]


def test_an_answer_that_breaks_off_goes_on_at_another_process(trio: Stack) -> None:
    one, other, third = logged_in(trio, "alice@acme.test")

    with asking(one, "count to 40") as first:
        first.wait_for(8)
        first.drop()
    with back(other, first.chat_id, first.last) as second:
        second.wait_for(8)
        second.drop()
    time.sleep(1.0)
    with back(one, first.chat_id, second.last) as rest:
        rest.end()
    with back(third, first.chat_id, rest.last) as nothing:
        nothing.end()

    parts = (first, second, rest)
    assert numbers(*parts) == list(range(1, len(numbers(*parts)) + 1))
    assert said(*parts).split() == [str(number) for number in range(1, 41)]
    assert "RUN_FINISHED" in rest.events[-1]["lines"]
    assert nothing.status == 204


def test_stop_at_another_process_ends_the_answer_within_two_seconds(trio: Stack) -> None:
    one, other, third = logged_in(trio, "alice@acme.test")

    with asking(one, "count to 1000") as first:
        first.wait_for(8)
        with back(other, first.chat_id, first.last) as second:
            second.wait_for(2)
            pressed = time.monotonic()
            answer = third.send("POST", f"/api/chats/{first.chat_id}/stop")
            acknowledged = time.monotonic()
            first.end()
            second.end()

    assert answer.status_code == 204
    for reading in (first, second):
        assert '"code": "turn_stopped"' in reading.text[-400:]
        assert reading.ended_at - acknowledged < PROMISED_S
    assert acknowledged - pressed < PROMISED_S


def test_a_process_that_goes_down_says_so_and_so_does_the_journal(trio: Stack) -> None:
    one, _, third = logged_in(trio, "bob@acme.test")

    with asking(third, "count to 1000") as first:
        first.wait_for(8)
        trio.supervisor.stop({"bff-3"})
        first.end()
    with back(one, first.chat_id, first.last) as rest:
        rest.end()
    with back(one, first.chat_id, rest.last) as nothing:
        nothing.end()

    assert '"code": "server_restarting"' in first.text[-400:]
    assert '"code": "server_restarting"' in rest.events[-1]["lines"]
    assert numbers(first, rest) == list(range(1, len(numbers(first, rest)) + 1))
    assert nothing.status == 204


def test_an_answer_whose_process_is_killed_is_lost_and_can_be_asked_again(trio: Stack) -> None:
    one, other, _ = logged_in(trio, "carol@globex.test")

    with asking(other, "count to 1000") as first:
        first.wait_for(8)
        os.killpg(trio.supervisor.pids["bff-2"], signal.SIGKILL)
        first.end()
    with back(one, first.chat_id, first.last) as rest:
        rest.end(LOST_WITHIN_S)
    with asking(one, "count to 3") as again:
        again.end()

    assert '"code": "turn_lost"' in rest.text[-400:]
    assert said(again).split() == ["1", "2", "3"]
