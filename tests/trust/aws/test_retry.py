"""When a call is repeated: botocore's codes, its bounds, and pauses that are drawn."""

import json

import pytest
from botocore.retries import standard

from trust.aws.dynamodb.answer import code_of
from trust.aws.message import Lost, Reply
from trust.aws.retry import (
    PAUSE_S,
    THROTTLED_PAUSE_S,
    THROTTLING,
    TRANSIENT,
    Patience,
    pause_before_next,
)

PATIENCE = Patience(attempts=3, attempt_s=1, whole_s=5)


def error(code: str, status: int = 400) -> Reply:
    return Reply(status, {}, json.dumps({"__type": code}).encode())


def pause(outcome: Reply | Lost, attempt: int = 1, draw: float = 1) -> float | None:
    return pause_before_next(outcome, attempt, PATIENCE, code_of=code_of, draw=draw)


def test_what_botocore_takes_for_throttling_is_throttling() -> None:
    theirs = set(vars(standard.ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"])

    assert theirs - {"EC2ThrottledException"} <= THROTTLING | TRANSIENT


@pytest.mark.parametrize("code", sorted(THROTTLING))
def test_throttling_is_waited_out_longer(code: str) -> None:
    assert pause(error(code)) == THROTTLED_PAUSE_S


@pytest.mark.parametrize(
    "outcome",
    [
        Lost("ConnectionResetError", sent=True),
        Lost("ConnectionRefusedError", sent=False),
        *(error("InternalServerError", status) for status in (500, 502, 503, 504)),
        *(error(code) for code in sorted(TRANSIENT)),
    ],
)
def test_what_passes_is_tried_again_soon(outcome: Reply | Lost) -> None:
    assert pause(outcome) == PAUSE_S


@pytest.mark.parametrize(
    "outcome",
    [
        Reply(200, {}, b"{}"),
        error("AccessDeniedException"),
        error("ConditionalCheckFailedException"),
        error("ValidationException"),
        error("ExpiredTokenException"),
        Reply(301, {}, b""),
        Reply(501, {}, b""),
    ],
)
def test_what_does_not_pass_is_not_tried_again(outcome: Reply) -> None:
    assert pause(outcome) is None


def test_the_last_attempt_is_the_last() -> None:
    lost = Lost("reset", sent=True)

    assert [pause(lost, attempt) for attempt in (1, 2, 3, 4)] == [PAUSE_S, 2 * PAUSE_S, None, None]


def test_the_whole_pause_is_drawn() -> None:
    assert [pause(Lost("reset", sent=True), draw=draw) for draw in (0, 0.5)] == [0, PAUSE_S / 2]
