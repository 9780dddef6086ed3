"""What the data plane's answers mean, and when a call is made a second time."""

import asyncio
from collections.abc import Mapping

import pytest

from fakes.clock import StoppedClock
from fakes.proxy.answer import Spoken, Upstreams
from fakes.proxy.asgi import WAIT_S
from fakes.proxy.turn import PLANE, turn
from proxy import runtime as runtime_module
from proxy.errors import AgentBusy, AgentFailed, AgentTimeout, AgentUnreachable
from proxy.runtime import RETRY_PAUSE_S, Runtime
from trust.errors import TrustError
from trust.grant.record import GrantDenied
from trust.wire.call import Broken, Unreachable, WireError


class Pauses:
    """Waits for nothing and remembers for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Remember a pause."""
        self.seconds.append(seconds)


def runtime_of(*answers: Spoken, pauses: Pauses | None = None) -> tuple[Runtime, Upstreams]:
    upstream = Upstreams(answers=list(answers))
    runtime = Runtime(wire=upstream, plane=PLANE, clock=StoppedClock(), pause=pauses or Pauses())
    return runtime, upstream


def refusal(status: int, headers: Mapping[str, str] | None = None) -> Spoken:
    return Spoken(status=status, headers=headers or {})


async def test_an_answer_is_opened_and_left_to_the_caller_to_close() -> None:
    answer = Spoken()
    runtime, upstream = runtime_of(answer)

    assert (await runtime.invoke(turn(), b"{}")).status == 200

    assert not answer.closed.is_set()
    assert len(upstream.calls) == 1


async def test_a_conflict_is_tried_once_more_after_a_pause() -> None:
    first, pauses = refusal(409), Pauses()
    runtime, upstream = runtime_of(first, Spoken(), pauses=pauses)

    opened = await runtime.invoke(turn(), b"{}")
    assert opened.status == 200
    assert first.closed.is_set()

    assert len(upstream.calls) == 2
    (pause,) = pauses.seconds
    assert RETRY_PAUSE_S / 2 <= pause <= RETRY_PAUSE_S


async def test_a_second_conflict_is_told() -> None:
    runtime, upstream = runtime_of(refusal(409), refusal(409))

    with pytest.raises(AgentBusy):
        await runtime.invoke(turn(), b"{}")

    assert len(upstream.calls) == 2


REFUSALS = [
    (300, AgentFailed),
    (400, AgentFailed),
    (402, AgentBusy),
    (429, AgentBusy),
    (401, GrantDenied),
    (403, GrantDenied),
    (404, AgentFailed),
    (424, AgentFailed),
    (500, AgentFailed),
    (502, AgentFailed),
    (503, AgentFailed),
    (504, AgentTimeout),
    (301, AgentFailed),
    (307, AgentFailed),
    (199, AgentFailed),
]


@pytest.mark.parametrize(("status", "error"), REFUSALS)
async def test_every_other_refusal_is_told_at_once(status: int, error: type[TrustError]) -> None:
    answer, pauses = refusal(status), Pauses()
    runtime, upstream = runtime_of(answer, pauses=pauses)

    with pytest.raises(error) as raised:
        await runtime.invoke(turn(), b"{}")

    assert type(raised.value) is error
    assert len(upstream.calls) == 1
    assert pauses.seconds == []
    assert answer.closed.is_set()


@pytest.mark.parametrize(
    ("failure", "error"), [(Broken("torn"), AgentFailed), (Unreachable(""), AgentUnreachable)]
)
async def test_a_call_that_broke_is_never_made_again(
    failure: WireError, error: type[TrustError]
) -> None:
    runtime, upstream = runtime_of(Spoken(refusal=failure), Spoken())

    with pytest.raises(error):
        await runtime.invoke(turn(), b"{}")

    assert len(upstream.calls) == 1


@pytest.mark.parametrize(
    ("given", "believed"),
    [
        (None, 5),
        ("0", 0),
        ("7", 7),
        ("3600", 3600),
        ("999999", 3600),
        ("-1", 5),
        ("1.5", 5),
        ("soon", 5),
        ("Fri, 21 Nov 2026 00:00:00 GMT", 5),
        ("٣", 5),
        ("", 5),
        ("9" * 5000, 3600),
    ],
)
async def test_a_pause_that_is_asked_for_is_bounded(given: str | None, believed: int) -> None:
    headers = {} if given is None else {"retry-after": given}
    runtime, _ = runtime_of(refusal(429, headers))

    with pytest.raises(AgentBusy) as raised:
        await runtime.invoke(turn(), b"{}")

    assert raised.value.retry_after == believed


@pytest.mark.parametrize("status", [200, 204, 404, 409])
async def test_stopping_what_has_ended_is_no_error(status: int) -> None:
    runtime, upstream = runtime_of(refusal(status))

    await runtime.stop(turn())

    assert len(upstream.calls) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(403, GrantDenied), (429, AgentBusy), (500, AgentFailed)]
)
async def test_a_stop_that_fails_is_told_and_not_repeated(
    status: int, error: type[TrustError]
) -> None:
    runtime, upstream = runtime_of(refusal(status))

    with pytest.raises(error):
        await runtime.stop(turn())

    assert len(upstream.calls) == 1


async def test_a_stop_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime_module, "STOP_TIMEOUT_S", 0.01)
    answer = Spoken()
    answer.open.clear()
    runtime, _ = runtime_of(answer)

    with pytest.raises(AgentTimeout):
        await runtime.stop(turn())

    assert answer.closed.is_set()


async def test_what_the_upstream_says_of_itself_is_cut_short_in_our_log() -> None:
    runtime, _ = runtime_of(refusal(500, {"x-amzn-errortype": "E" * 5000}))

    with pytest.raises(AgentFailed) as raised:
        await runtime.invoke(turn(), b"{}")

    assert len(str(raised.value)) < 100


async def test_a_caller_that_goes_away_in_the_pause_makes_no_second_call() -> None:
    upstream = Upstreams(answers=[refusal(409), Spoken()])
    waiting = asyncio.Event()

    async def forever(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    runtime = Runtime(wire=upstream, plane=PLANE, clock=StoppedClock(), pause=forever)

    async def invoke() -> None:
        await runtime.invoke(turn(), b"{}")

    task = asyncio.ensure_future(invoke())
    async with asyncio.timeout(WAIT_S):
        await waiting.wait()
    task.cancel()
    await asyncio.wait({task})

    assert len(upstream.calls) == 1
