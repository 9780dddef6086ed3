"""1 KB posted, 1 KB back: processor time and latency, at 32, 128 and 1 connections."""

from dataclasses import dataclass

from bench.effort import Bench, Load
from bench.figures import Metric
from bench.load.post import body
from bench.load.wrk import Calls, LoadFailed, post
from bench.process import cpu_s
from bench.target import Peer, Target

WARM_UP_S = 1
"""Load before each measure, over as many connections: those to the upstream are there then. Idle
ones do not last until the next round."""

_COMPARED = frozenset({Peer.NGINX, Peer.APACHE, Peer.GATEHOUSE})
"""Whose figures at other numbers of connections are worth the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What some load came to, and the processor time that it cost."""

    calls: Calls
    cpu_s: float | None

    @property
    def cpu_us(self) -> float | None:
        """Microseconds of processor time for one call."""
        return None if self.cpu_s is None else self.cpu_s * 1e6 / self.calls.requests


def calls(bench: Bench) -> None:
    """Measure all peers, one after the other, round by round."""
    targets = list(bench.stage.for_calls())
    for number in range(1, bench.effort.rounds + 1):
        bench.say(f"calls, round {number} of {bench.effort.rounds}")
        # Who failed once is out: values of different rounds must never be compared.
        targets = [target for target in targets if _in_round(bench, target)]


def measured(bench: Bench, target: Target, load: Load, *, seconds: int) -> Measured:
    """Post for a while, warm, and count the server's time. Raises LoadFailed."""
    message, connections = body(load.posted), load.connections
    post(target, message, folder=bench.folder, connections=connections, seconds=WARM_UP_S)
    pid = bench.stage.pid(target)
    before = 0.0 if pid is None else cpu_s(pid)
    found = post(target, message, folder=bench.folder, connections=connections, seconds=seconds)
    return Measured(calls=found, cpu_s=None if pid is None else cpu_s(pid) - before)


def note(bench: Bench, target: Target, found: Measured) -> None:
    """Keep what every table of calls has."""
    add, peer = bench.figures.add, target.peer
    add(Metric.RPS, peer, found.calls.requests / found.calls.seconds)
    add(Metric.P50_MS, peer, found.calls.p50_ms)
    add(Metric.P99_MS, peer, found.calls.p99_ms)
    if found.cpu_s is not None and found.cpu_us is not None:
        add(Metric.CALL_CPU_US, peer, found.cpu_us)
        add(Metric.RPS_PER_CORE, peer, found.calls.requests / found.cpu_s)


def _in_round(bench: Bench, target: Target) -> bool:
    seconds = bench.effort.seconds
    try:
        note(bench, target, measured(bench, target, Load(connections=32), seconds=seconds))
        if target.peer in _COMPARED:
            _note_128(
                bench, target, measured(bench, target, Load(connections=128), seconds=seconds)
            )
            _note_1(bench, target, measured(bench, target, Load(connections=1), seconds=1))
    except LoadFailed as error:
        bench.figures.failed(f"calls through {target.peer.value}: {error}")
        return False
    return True


def _note_128(bench: Bench, target: Target, found: Measured) -> None:
    bench.figures.add(Metric.P50_MS_128, target.peer, found.calls.p50_ms)
    if found.cpu_us is not None:
        bench.figures.add(Metric.CALL_CPU_US_128, target.peer, found.cpu_us)


def _note_1(bench: Bench, target: Target, found: Measured) -> None:
    bench.figures.add(Metric.P50_MS_1, target.peer, found.calls.p50_ms)
    if found.cpu_us is not None:
        bench.figures.add(Metric.CALL_CPU_US_1, target.peer, found.cpu_us)
