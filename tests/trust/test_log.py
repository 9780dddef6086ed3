"""Events: a line of JSON each."""

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import cast

import pytest

from trust import audit, log
from trust.audit import Deed, Outcome
from trust.secret import Secret
from trust.stderr import AT_ONCE_CHARACTERS, Lines


@pytest.fixture(autouse=True)
def gatehouse() -> Iterator[logging.Logger]:
    """Take the logger as it comes from Python; give it back as it was found."""
    logger = logging.getLogger("gatehouse")
    handlers, level, propagate = logger.handlers[:], logger.level, logger.propagate
    logger.handlers, logger.propagate = [], True
    logger.setLevel(logging.NOTSET)
    yield logger
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """Return what was logged."""
    return [json.loads(record.getMessage()) for record in caplog.records]


def test_an_event_is_its_name_and_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        log.event("session.refreshed", session="abcd", ms=41, cached=False, tenant=None)

    assert lines(caplog) == [
        {"event": "session.refreshed", "session": "abcd", "ms": 41, "cached": False, "tenant": None}
    ]


def test_an_event_is_one_line_whatever_its_fields_hold(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        log.event("x", agent='a\n{"event": "forged"}\r\x1b[31m\u2028%s')

    message = caplog.records[0].getMessage()
    assert message.isprintable()
    assert json.loads(message)["agent"] == 'a\n{"event": "forged"}\r\x1b[31m\u2028%s'


def test_fields_that_were_told_before_stand_in_an_event_as_if_they_were_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    known = log.told(tenant="acme", agent='a"\n')
    with caplog.at_level(logging.INFO, logger="gatehouse"), log.about(request="1"):
        log.event("turn.ended", known, how="complete")

    assert lines(caplog) == [
        {
            "event": "turn.ended",
            "request": "1",
            "how": "complete",
            "tenant": "acme",
            "agent": 'a"\n',
        }
    ]


def test_an_event_costs_nothing_where_it_is_not_wanted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="gatehouse"):
        log.event("x")

    assert caplog.records == []


def test_a_fault_names_the_error(caplog: pytest.LogCaptureFixture) -> None:
    log.fault("store.failed", ValueError("no table"), session="abcd")

    assert lines(caplog) == [
        {"event": "store.failed", "error": "ValueError", "detail": "no table", "session": "abcd"}
    ]
    assert caplog.records[0].levelno == logging.WARNING


def test_a_fault_s_detail_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    log.fault("store.failed", ValueError("x" * 501))

    assert lines(caplog)[0]["detail"] == "x" * 500


def test_a_secret_in_a_field_is_not_written(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        log.event("x", token=Secret("correct-horse"))  # type: ignore[arg-type]  # a mistake
    log.fault("y", ValueError(Secret("correct-horse")))

    assert "correct-horse" not in caplog.text


def test_events_go_to_standard_error_a_line_each_and_once(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    log.to_stderr()
    log.to_stderr()

    log.event("one", ms=1)
    log.fault("two", ValueError("why"))

    written = capsys.readouterr()
    assert [json.loads(line)["event"] for line in written.err.splitlines()] == ["one", "two"]
    assert written.out == ""
    # What listens at the root (on Lambda, with words of its own) does not hear them again.
    assert caplog.records == []


def test_what_libraries_write_down_does_not_come_along(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.to_stderr()

    logging.getLogger("httpx").info("GET https://login.test/callback?code=secret")

    assert capsys.readouterr().err == ""


def test_a_handler_that_is_there_is_kept(gatehouse: logging.Logger) -> None:
    own = logging.NullHandler()
    gatehouse.addHandler(own)

    log.to_stderr()

    assert gatehouse.handlers == [own]


class Full(io.StringIO):
    """A disk with no room left."""

    def write(self, _text: str) -> int:
        raise OSError


@pytest.mark.parametrize("broken", ["full", "closed"])
def test_a_log_that_cannot_be_written_fails_nobody(
    monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    stream = Full()
    if broken == "closed":
        stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    log.to_stderr()

    log.event("one")
    log.fault("two", ValueError("why"))


def test_whoever_else_listens_hears_the_event_as_well(
    gatehouse: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.to_stderr()
    heard = io.StringIO()
    gatehouse.addHandler(logging.StreamHandler(heard))

    log.event("one")

    assert capsys.readouterr().err == heard.getvalue() == '{"event": "one"}\n'


class Writes(io.StringIO):
    """Standard error, call by call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[list[str]] = []

    def write(self, text: str) -> int:
        self.calls.append([json.loads(line)["event"] for line in text.splitlines()])
        assert text.endswith("\n")
        assert len(text) <= AT_ONCE_CHARACTERS or len(self.calls[-1]) == 1
        return len(text)


@contextmanager
def gathered() -> Generator[Writes]:
    """Send events to a standard error that tells what it was called with, as a server does.

    Not by a fixture: when a test begins, pytest puts itself into both.
    """
    logger, writes = logging.getLogger("gatehouse"), Writes()
    logger.handlers.clear()
    log.to_stderr()
    cast("Lines", logger.handlers[0]).setStream(writes)
    with log.gathered(asyncio.get_running_loop().call_soon):
        yield writes


async def test_the_events_of_one_turn_of_the_loop_are_written_together() -> None:
    with gathered() as writes:
        log.event("one")
        log.event("two")
        assert writes.calls == []
        await asyncio.sleep(0)
        log.event("three")
        await asyncio.sleep(0)

    assert writes.calls == [["one", "two"], ["three"]]


async def test_a_fault_is_written_at_once_behind_what_came_before_it() -> None:
    with gathered() as writes:
        log.event("one")
        log.fault("two", ValueError("why"))

        assert writes.calls == [["one", "two"]]


async def test_a_deed_is_in_the_trail_at_once() -> None:
    with gathered() as writes:
        audit.record(Deed.LOGIN, Outcome.DONE)

        assert writes.calls == [["audit"]]


async def test_a_thread_s_event_does_not_wait_for_the_loop_of_another() -> None:
    with gathered() as writes:
        log.event("one")
        # Not awaited before it is over: meanwhile the loop must not turn.
        thread = threading.Thread(target=log.event, args=("two",))
        thread.start()
        thread.join()

    assert writes.calls == [["two"], ["one"]]


async def test_nothing_is_held_when_the_gathering_ends() -> None:
    with gathered() as writes:
        log.event("one")
    assert writes.calls == [["one"]]

    log.event("two")
    assert writes.calls == [["one"], ["two"]]


async def test_what_is_held_is_written_when_the_process_ends(gatehouse: logging.Logger) -> None:
    with gathered() as writes:
        log.event("one")
        # As `logging` does for all handlers at the interpreter's end.
        gatehouse.handlers[0].flush()

        assert writes.calls == [["one"]]


async def test_no_more_is_written_together_than_a_pipe_keeps_together() -> None:
    with gathered() as writes:
        for _ in range(100):
            log.event("x" * 100)
        log.event("y" * AT_ONCE_CHARACTERS)

    assert [len(call) for call in writes.calls] == [35, 35, 30, 1]
