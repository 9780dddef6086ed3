"""Streams on which nothing happens: their memory, and what is left of them when they are left."""

import asyncio
import json
import urllib.request
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import uvloop

from bench.effort import Bench
from bench.figures import Metric
from bench.load.post import body
from bench.load.streams import Reader, opened
from bench.load.wrk import LoadFailed
from bench.peers import gatehouse
from bench.process import memory_mb
from bench.target import Peer, Target

IDLE = 1000
LEFT = 50
LEFT_FOR_S = 1.0
_BATCH = 50
_SETTLED_S = 1.0
_OTHERS_S = 5.0
"""How long others' streams are held: whether those grow over an hour is not for us to say."""

Measure = Callable[[Bench, Target], Coroutine[Any, Any, None]]


def memory(bench: Bench) -> None:
    """Measure what 1,000 idle streams take, and whether that grows while they are held."""
    bench.say(f"memory of {IDLE} idle streams")
    for target in bench.stage.for_streams():
        if target.program is not None:
            with ExitStack() as running:
                _noted(bench, _fresh(bench, target, running), _memory)


def aborts(bench: Bench) -> None:
    """Count the upstream's streams one second after 50 clients have gone away."""
    bench.say(f"{LEFT} clients go away")
    for target in sorted(bench.stage.for_streams(), key=lambda one: one.peer is Peer.APACHE):
        # Apache last: what it does not let go stays, and would be in the others' way.
        _noted(bench, target, _aborts)


def _noted(bench: Bench, target: Target, measure: Measure) -> None:
    try:
        uvloop.run(measure(bench, target))
    except (LoadFailed, OSError, TimeoutError) as error:
        bench.figures.failed(f"idle streams through {target.peer.value}: {error!r}")


def _fresh(bench: Bench, target: Target, running: ExitStack) -> Target:
    """Return the target by a process that has done nothing yet, where it is ours.

    What earlier measures left in its heap would be used again, and so be counted as nothing.
    """
    if not target.peer.ours:
        return target
    ports, tls = bench.stage.ports, target.peer is Peer.GATEHOUSE
    upstream = bench.stage.programs.route(tls=tls).events
    command = gatehouse.command("gatehouse-spare", ports.spare, upstream, bench.stage.around)
    running.enter_context(bench.stage.running(command))
    url = target.url.replace(f":{_port(target)}/", f":{ports.spare}/")
    return replace(target, url=url, program=command.name)


def _port(target: Target) -> str:
    return target.url.split("/")[2].partition(":")[2]


async def _memory(bench: Bench, target: Target) -> None:
    pid = bench.stage.pid(target)
    if pid is None:
        return
    await _warm(target)
    before = memory_mb(pid)
    readers: list[Reader] = []
    for _ in range(IDLE // _BATCH):
        readers += await opened([target] * _BATCH, body(events=1, hold=True), apart_s=0)
    await asyncio.sleep(_SETTLED_S)
    with_streams = memory_mb(pid)
    await asyncio.sleep(bench.effort.soak_s if target.peer.ours else _OTHERS_S)
    after = memory_mb(pid)
    open_still = sum(not reader.ended.done() for reader in readers)
    for reader in readers:
        reader.close()
    await asyncio.sleep(_SETTLED_S)
    if open_still != IDLE:
        raise LoadFailed(f"{open_still} of {IDLE} streams were open at the end")
    bench.figures.add(Metric.BASE_MB, target.peer, before)
    bench.figures.add(Metric.STREAMS_MB, target.peer, with_streams - before)
    bench.figures.add(Metric.GROWTH_MB, target.peer, after - with_streams)


async def _warm(target: Target) -> None:
    for reader in await opened([target], body(events=1), apart_s=0):
        reader.close()
    await asyncio.sleep(_SETTLED_S)


async def _aborts(bench: Bench, target: Target) -> None:
    before = await _held(bench)
    readers = await opened([target] * LEFT, body(events=1, hold=True), apart_s=0)
    for reader in readers:
        reader.close()
    await asyncio.sleep(LEFT_FOR_S)
    bench.figures.add(Metric.HELD, target.peer, await _held(bench) - before)


async def _held(bench: Bench) -> int:
    return await asyncio.to_thread(_asked, bench.stage.held_url)


def _asked(url: str) -> int:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 our own upstream
        return int(json.load(answer)["held"])
