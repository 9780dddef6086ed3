"""Calls by wrk: as many as the server takes, over a fixed number of connections."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.process import LOAD_CORE, pinned
from bench.target import Target

_SLACK_S = 30
_DONE = """
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\n{"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "failed": %d}\\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


class LoadFailed(Exception):
    """Not every call was answered well, so how many were answered means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What came of a few seconds of load."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float


def script(target: Target, body: bytes) -> str:
    """Return the Lua program that makes wrk post; nothing is escaped but what Lua needs."""
    headers = "".join(
        f"wrk.headers[{_quoted(name)}] = {_quoted(value)}\n"
        for name, value in target.headers.items()
    )
    return f'wrk.method = "POST"\nwrk.body = {_quoted(body.decode())}\n{headers}{_DONE}'


def post(target: Target, body: bytes, *, folder: Path, connections: int, seconds: int) -> Calls:
    """Post for a while. Raises LoadFailed."""
    lua = folder / "post.lua"
    lua.write_text(script(target, body))
    argv = pinned(
        LOAD_CORE,
        (
            *("wrk", "--threads", "1", "--connections", str(connections)),
            *("--duration", f"{seconds}s", "--timeout", "15s", "--script", str(lua), target.url),
        ),
    )
    done = subprocess.run(  # noqa: S603 our own command
        argv, capture_output=True, text=True, check=False, timeout=seconds + _SLACK_S
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise LoadFailed(f"wrk: {done.stdout}{done.stderr}".strip())
    said = json.loads(lines[-1])
    if failed := said.pop("failed"):
        raise LoadFailed(f"{failed} of {said['requests']} calls were not answered well")
    return Calls(**said)


def _quoted(text: str) -> str:
    """Return a Lua string of one line, which JSON and headers are."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
