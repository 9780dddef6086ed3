"""Streams: the first byte, how late each event is, what an event costs, and one flat out."""

import asyncio
from collections.abc import Awaitable, Callable
from statistics import median

import httpx
import uvloop

from bench.effort import Bench
from bench.figures import Metric, percentile
from bench.load.post import body
from bench.load.streams import drained, ended, opened, read
from bench.load.wrk import LoadFailed
from bench.peers import gatehouse
from bench.process import cpu_s
from bench.target import Target

FRESH = 100
"""Streams one after the other, for the first byte."""

AT_ONCE = 50
EVERY_MS = 20

_APART_S = 0.025
_SETTLED_S = 0.2
_WITHIN_S = 0.02
"""The burst opens inside this time."""

Crowd = list[Target]
"""The same way for 50 people in mid-conversation: for Gatehouse, each in a chat of their own."""

Measure = Callable[[Bench, Crowd], Awaitable[None]]


def streams(bench: Bench) -> None:
    """Measure all peers, one after the other, round by round."""
    crowds: list[Crowd] = []
    for target in bench.stage.for_streams():
        try:
            crowds.append(_crowd(target))
        except httpx.HTTPError as error:
            bench.figures.failed(f"streams through {target.peer.value}: {error!r}")
    uvloop.run(_streams(bench, crowds))


def _crowd(target: Target) -> Crowd:
    if not target.peer.ours:
        return [target] * AT_ONCE
    return [gatehouse.one_chat(target, body()) for _ in range(AT_ONCE)]


async def _streams(bench: Bench, crowds: list[Crowd]) -> None:
    for number in range(bench.effort.rounds):
        bench.say(f"streams, round {number + 1} of {bench.effort.rounds}")
        for measure in (_first_bytes, _many, _flat_out):
            # Who failed once is out: values of different rounds must never be compared.
            crowds = [crowd for crowd in crowds if await _done(bench, crowd, measure)]


async def _done(bench: Bench, crowd: Crowd, measure: Measure) -> bool:
    try:
        await _warm(crowd)
        await measure(bench, crowd)
    except (LoadFailed, OSError, TimeoutError) as error:
        bench.figures.failed(f"streams through {crowd[0].peer.value}: {error!r}")
        return False
    return True


async def _warm(crowd: Crowd) -> None:
    """Let connections to the upstream be there, as they are in a server that is in use."""
    await ended(await opened(crowd, body(events=2, every_ms=50), apart_s=0))
    await asyncio.sleep(_SETTLED_S)


async def _first_bytes(bench: Bench, crowd: Crowd) -> None:
    firsts: list[float] = []
    for _ in range(FRESH):
        reader = await read(crowd[0], body(events=1))
        await ended([reader])
        firsts.append(reader.first_s * 1e3)
        await asyncio.sleep(_APART_S)
    bench.figures.add(Metric.FIRST_MS, crowd[0].peer, median(firsts))
    bench.figures.add(Metric.FIRST_P99_MS, crowd[0].peer, percentile(firsts, 0.99))


async def _many(bench: Bench, crowd: Crowd) -> None:
    count = bench.effort.seconds * 1000 // EVERY_MS
    pid = bench.stage.pid(crowd[0])
    before = 0.0 if pid is None else cpu_s(pid)
    ordered = body(events=count, every_ms=EVERY_MS)
    readers = await opened(crowd, ordered, apart_s=_WITHIN_S / AT_ONCE)
    await ended(readers)
    lags = [lag * 1e6 for reader in readers for lag in reader.lags_s[1:]]
    if len(lags) != (count - 1) * AT_ONCE:
        raise LoadFailed(f"{len(lags)} further events of {(count - 1) * AT_ONCE}")
    add, peer = bench.figures.add, crowd[0].peer
    add(Metric.BURST_FIRST_MS, peer, median(reader.first_s * 1e3 for reader in readers))
    add(Metric.LAG_US, peer, median(lags))
    add(Metric.LAG_P99_US, peer, percentile(lags, 0.99))
    if pid is not None:
        add(Metric.EVENT_CPU_US, peer, (cpu_s(pid) - before) * 1e6 / (count * AT_ONCE))


async def _flat_out(bench: Bench, crowd: Crowd) -> None:
    pid = bench.stage.pid(crowd[0])
    before = 0.0 if pid is None else cpu_s(pid)
    count, took = await drained(crowd[0], body(flood=True), seconds=float(bench.effort.seconds))
    spent = 0.0 if pid is None else cpu_s(pid) - before
    bench.figures.add(Metric.FLOOD_MB_S, crowd[0].peer, count / 1e6 / took)
    if pid is not None:
        bench.figures.add(Metric.FLOOD_CPU_MS_MB, crowd[0].peer, spent * 1e9 / count)
