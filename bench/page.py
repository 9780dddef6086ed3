"""The page that a run leaves behind: docs/performance.md, its plot beside it, and the JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from bench.effort import Effort, Load
from bench.figures import Figures, Metric
from bench.goals import Outcome
from bench.options import Options
from bench.plot import Bars, plot
from bench.table import of_goals, of_peers, table
from bench.target import Peer

CALLS = (Metric.RPS_PER_CORE, Metric.CALL_CPU_US, Metric.RPS, Metric.P50_MS, Metric.P99_MS)
CROWDS = (Metric.CALL_CPU_US_1, Metric.P50_MS_1, Metric.CALL_CPU_US_128, Metric.P50_MS_128)
FIRSTS = (Metric.FIRST_MS, Metric.FIRST_P99_MS, Metric.BURST_FIRST_MS)
EVENTS = (Metric.LAG_US, Metric.LAG_P99_US, Metric.EVENT_CPU_US)
FLOOD = (Metric.FLOOD_MB_S, Metric.FLOOD_CPU_MS_MB)
IDLE = (Metric.BASE_MB, Metric.STREAMS_MB, Metric.GROWTH_MB, Metric.HELD)
STORE = (
    *(Metric.MISS_CPU_US, Metric.BOTO3_CPU_US),
    *(Metric.SESSION_READS_PER_S, Metric.READS_PER_S, Metric.READ_RPS, Metric.STS_CALLS),
)

DIAGRAMS = (
    Bars(
        title="Calls per CPU-second of the server, 32 connections (more is better)",
        metric=Metric.RPS_PER_CORE,
        more_is_better=True,
    ),
    Bars(
        title="First byte of a stream, p50 ms (less is better)",
        metric=Metric.FIRST_MS,
        more_is_better=False,
    ),
    Bars(
        title="CPU us per event, 50 streams of 50 events/s (less is better)",
        metric=Metric.EVENT_CPU_US,
        more_is_better=False,
    ),
    Bars(
        title="MB more for 1,000 idle streams (less is better)",
        metric=Metric.STREAMS_MB,
        more_is_better=False,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run that is over."""

    figures: Figures
    outcomes: Sequence[Outcome]
    machine: Mapping[str, str]
    effort: Effort
    began: datetime
    load_averages: tuple[float, float]
    """The machine's, before and at the end."""
    loads: Mapping[Load, Figures]
    """What calls were measured under, where that was asked for; then there is nothing else."""


def write(run: Run, options: Options) -> None:
    """Leave what is wanted of a run: the page with its plot, the record."""
    if options.docs is not None:
        options.docs.mkdir(parents=True, exist_ok=True)
        (options.docs / "performance.md").write_text(page(run))
        (options.docs / "performance.svg").write_text(plot(run.figures, DIAGRAMS))
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(record(run), indent=1) + "\n")


def page(run: Run) -> str:
    """Return docs/performance.md."""
    sections = [
        _INTRODUCTION,
        f"{_when(run)}\n",
        "## Goals\n",
        of_goals(run.outcomes),
        "![Gatehouse and its peers](performance.svg)\n",
        tables(run.figures),
        "## Machine\n",
        table(["", ""], run.machine.items()),
        _HOW,
    ]
    return "\n".join(sections)


def record(run: Run) -> dict[str, Any]:
    """Return everything as JSON's own types: each value of each round."""
    return {
        "began": run.began.isoformat(timespec="seconds"),
        "rounds": run.effort.rounds,
        "seconds": run.effort.seconds,
        "soak_s": run.effort.soak_s,
        "load_average": list(run.load_averages),
        "machine": dict(run.machine),
        "goals": [_told(outcome) for outcome in run.outcomes],
        **_values(run.figures),
        "loads": [
            {"connections": load.connections, "posted_bytes": load.posted, **_values(figures)}
            for load, figures in run.loads.items()
        ],
    }


def _values(figures: Figures) -> dict[str, Any]:
    values: dict[str, dict[str, list[float]]] = {}
    for (metric, peer), found in figures.values.items():
        values.setdefault(metric.key, {})[peer.value] = found
    return {"values": values, "failures": list(figures.failures)}


def _told(outcome: Outcome) -> dict[str, Any]:
    found = outcome.found
    return {
        "goal": outcome.goal.title,
        "to_reach": outcome.goal.to_reach,
        "measured": None if found is None else found.middle,
        "least": None if found is None else found.least,
        "most": None if found is None else found.most,
        "outcome": outcome.word,
    }


def _when(run: Run) -> str:
    effort = run.effort
    before, after = run.load_averages
    return (
        f"Measured on {run.began:%Y-%m-%d}: medians of {effort.rounds} rounds with the least and"
        f" the most beside them, {effort.seconds} s of load at a time, idle streams held for"
        f" {effort.soak_s:.0f} s; load average {before:.1f} before, {after:.1f} at the end."
    )


def tables(figures: Figures) -> str:
    """Return what was measured, peer by peer, and what could not be."""
    sections = [
        "## Calls: 1 KB posted, 1 KB back, 32 connections\n",
        of_peers(figures, CALLS),
        "At one connection, and at 128:\n",
        of_peers(figures, CROWDS),
        "## Streams\n",
        of_peers(figures, FIRSTS),
        "50 streams of 50 events a second each:\n",
        of_peers(figures, EVENTS),
        "One stream as fast as it is taken:\n",
        of_peers(figures, FLOOD),
        "1,000 streams on which nothing happens; and 50 whose clients go away:\n",
        of_peers(figures, IDLE),
        "## Store and STS\n",
        of_peers(figures, STORE),
        *_failures(figures),
    ]
    return "\n".join(sections)


def of_loads(loads: Mapping[Load, Figures]) -> str:
    """Return a table for each load, and what could not be measured under it."""
    sections = [
        (f"## {load.title}\n", of_peers(figures, CALLS), *_failures(figures))
        for load, figures in loads.items()
    ]
    return "\n".join(chain.from_iterable(sections))


def _failures(figures: Figures) -> list[str]:
    if not figures.failures:
        return []
    return ["## Not measured\n", "".join(f"- {failure}\n" for failure in figures.failures)]


_INTRODUCTION = """\
# Performance

This page is written by `make bench`. It compares Gatehouse with what else one would put before an
application: Apache with mod_auth_openidc (sessions in shared memory), Node's express-openid-connect
with http-proxy-middleware (sessions in memory), and nginx as a plain proxy, which looks nobody up
and is the physical limit.
"""

_HOW = f"""\
## How it is measured

- Every proxy has somebody logged in through the certified identity provider by the code flow, and
  calls the same upstream over TLS, verified, on connections that are kept. The upstream refuses a
  call without `Authorization`. The others pass the access token on; Gatehouse looks the session up,
  opens its seal, checks the browser's headers and the rate limits, finds the chat, and signs the
  call (SigV4, session credentials) under a grant of the person's own tenant, agent and session.
- "{Peer.GATEHOUSE_DATA.value}" adds a second grant, which the agent gets in a header of 2 KB.
- The server under test has one core, pinned; load, upstreams, provider and local AWS the other.
  Gatehouse is one process of `gatehouse serve`, sessions in SQLite; BFF_ENV=dev only lets it use
  a provider on http, and the rate limits are out of reach of one person. Its Python is of the
  version that the image has: Debian 13's, unpacked by `bench/python.sh`, where this machine's is of
  another. Peers take turns within every round, so that what slows a minute slows all of them;
  ratios are taken round by round.
- Processor time is that of the server's whole process tree, from `/proc/*/task/*/schedstat`. It is
  the figure to compare: unlike requests per second it does not count what others did meanwhile.
- Ratios are this host's. What they came to on another, where every call took twice as long and
  more, stands in [ADR 0028](adr/0028-what-a-call-costs-at-least.md).
- Calls: wrk with one thread, all in one chat. Streams: a reader of our own on uvloop, each person
  in a chat that has begun; an event holds the instant of its writing, and both ends read one
  monotonic clock. Directly to the upstream means without TLS there.
- Memory is the proportional set size of the process tree; for Gatehouse, of a fresh process. Only
  its own streams are held for the whole soak, the others' for 5 s.
- A session miss is a read of the ledger from a stub that has nothing but this row, in a process of
  its own, and GetItem by boto3's client of the same row from the same stub. It is the read of each
  second in which somebody is at work: their session was opened here before, and its key is known.
- Reads are noted by the kind of row, on the way to a local DynamoDB, while one person calls in one
  chat as fast as it goes. The goal is about the session's own row. "Of all rows" are that one, the
  chat's, and the registry's of tenant and agent, each of which is remembered for a while, too.

`make bench` installs nothing unasked but Debian's packages and npm's that `bench/setup.sh` names,
and Gatehouse's own locked ones in an environment for its Python, and says so.
`make bench ARGS="--quick"` takes about three minutes; `--only calls,streams` leaves the rest out,
and this page as it is; `--soak 3600` holds the idle streams for an hour; `--json FILE` keeps every
value. `--bytes 1024,65536 --connections 8,256` measures calls of other sizes and over other numbers
of connections, and nothing else.
"""
