"""What is asked of others for one person: store reads, STS calls, and what a look-up costs.

Gatehouse runs on the local AWS here, which keeps a list of the calls that it answered.
"""

import asyncio
import base64
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import boto3
import httpx

from bench.effort import Bench
from bench.figures import Metric
from bench.load.post import body
from bench.load.wrk import LoadFailed, post
from bench.login import LoginFailed
from bench.measures import session_miss
from bench.peers import gatehouse
from bench.process import LOAD_CORE, SERVER_CORE, pinned
from bench.target import Peer, Target
from bench.upstream.reads import Reads, per_second
from bff.settings import Settings, load_settings
from devstack.dev.child import Command
from devstack.dev.happening import StackFailed
from devstack.dev.plan import HERE
from trust.session.cookie import read_ticket
from trust.session.ids import Ticket

CALLS = 1000
_AT_ONCE = 32
_SECONDS = 5
_SESSION = "SESSION"
"""The kind of the session's row, as its sort key has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDynamoDb:
    """A process of Gatehouse with its sessions in the local DynamoDB, and somebody logged in."""

    command: Command
    around: gatehouse.Surroundings
    aws: str
    reads: str
    """Where the reads of its table are noted."""

    def calls(self) -> Counter[str]:
        """Return how often each operation was called since the list was cleared."""
        listed = httpx.get(f"{self.aws}/_local/calls", trust_env=False, timeout=10).json()["calls"]
        return Counter(call["operation"] for call in listed)

    def forget(self) -> None:
        """Clear the list of calls."""
        httpx.delete(f"{self.aws}/_local/calls", trust_env=False, timeout=10)

    def rows_read(self) -> Reads:
        """Return when rows of each kind were read, since that was forgotten."""
        found: Reads = httpx.get(f"{self.reads}/reads", trust_env=False, timeout=10).json()
        return found

    def forget_reads(self) -> None:
        """Note reads anew."""
        httpx.delete(f"{self.reads}/reads", trust_env=False, timeout=10)


def store(bench: Bench) -> None:
    """Measure all three."""
    bench.say("store reads, STS calls, a session look-up")
    ports = bench.stage.ports
    around = replace(bench.stage.around, origin=f"http://localhost:{ports.spare}")
    noting = f"http://127.0.0.1:{ports.reads}"
    settings = {
        "BFF_STORE": "dynamodb:gatehouse-sessions",
        "BFF_PUBLIC_URL": around.origin,
        "AWS_ENDPOINT_URL_DYNAMODB": noting,
    }
    upstream = bench.stage.programs.route(tls=True).json
    command = gatehouse.command("gatehouse-spare", ports.spare, upstream, around, **settings)
    plan = bench.stage.programs.plan
    place = OnDynamoDb(command=command, around=around, aws=plan.aws, reads=noting)
    try:
        with bench.stage.running(_noting(bench)), bench.stage.running(command):
            cookie = gatehouse.logged_in(around, bench.stage.person)
            target = gatehouse.calling(Peer.GATEHOUSE, command.name, ports.spare, cookie, around)
            _sts_calls(bench, place, target)
            _reads(bench, place, target)
            _look_up(bench, place, cookie)
    except (
        StackFailed,
        LoginFailed,
        LoadFailed,
        httpx.HTTPError,
        subprocess.SubprocessError,
    ) as error:
        bench.figures.failed(f"store: {error!r}")


def _noting(bench: Bench) -> Command:
    """Return what stands before the local DynamoDB, and notes reads."""
    ports = str(bench.stage.ports.reads), str(bench.stage.ports.aws)
    return Command(
        name="reads",
        argv=pinned(LOAD_CORE, (sys.executable, "-m", "bench.upstream.reads", *ports)),
        env={**bench.stage.around.environment, "PYTHONPATH": _path()},
        cwd=bench.folder,
    )


def _sts_calls(bench: Bench, place: OnDynamoDb, target: Target) -> None:
    """Count the STS calls of the first 1,000 calls that a process ever serves."""
    place.forget()
    asyncio.run(_posted(target, CALLS))
    made = place.calls()
    sts = sum(count for name, count in made.items() if str(name).startswith("AssumeRole"))
    bench.figures.add(Metric.STS_CALLS, target.peer, sts)


async def _posted(target: Target, times: int) -> None:
    async def some(client: httpx.AsyncClient) -> None:
        for _ in range(times // _AT_ONCE):
            (await client.post(target.url, content=body())).raise_for_status()

    headers = dict(target.headers)
    async with (
        httpx.AsyncClient(headers=headers, trust_env=False, timeout=60) as client,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(_AT_ONCE):
            group.create_task(some(client))


def _reads(bench: Bench, place: OnDynamoDb, target: Target) -> None:
    chat = gatehouse.one_chat(target, body())
    post(chat, body(), folder=bench.folder, connections=8, seconds=1)
    place.forget_reads()
    found = post(chat, body(), folder=bench.folder, connections=8, seconds=_SECONDS)
    rows = place.rows_read()
    own, every = rows.get(_SESSION, []), [*chain.from_iterable(rows.values())]
    for metric, times in ((Metric.SESSION_READS_PER_S, own), (Metric.READS_PER_S, every)):
        bench.figures.add(metric, target.peer, per_second(times, within_s=found.seconds))
    bench.figures.add(Metric.READ_RPS, target.peer, found.requests / found.seconds)


def _look_up(bench: Bench, place: OnDynamoDb, cookie: str) -> None:
    """Read the session's row from a stub that has nothing else, as fast as that goes."""
    environment = dict(place.command.env)
    port = bench.stage.ports.stub
    row = bench.folder / "row.json"
    row.write_text(json.dumps(_row(load_settings(environment), cookie, environment)))
    stub = Command(
        name="row",
        argv=pinned(LOAD_CORE, (sys.executable, "-m", "bench.upstream.row", str(port), str(row))),
        env={**environment, "PYTHONPATH": _path()},
        cwd=bench.folder,
    )
    environment["AWS_ENDPOINT_URL_DYNAMODB"] = f"http://127.0.0.1:{port}"
    with bench.stage.running(stub):
        for _ in range(bench.effort.rounds):
            said = _measured(place.around.build.python, environment, cookie)
            bench.figures.add(Metric.MISS_CPU_US, Peer.GATEHOUSE, said["gatehouse_us"])
            bench.figures.add(Metric.BOTO3_CPU_US, Peer.GATEHOUSE, said["boto3_us"])


def _row(settings: Settings, cookie: str, environment: dict[str, str]) -> dict[str, Any]:
    ticket = read_ticket([cookie])
    if not isinstance(ticket, Ticket):
        raise LoginFailed(f"no session in the cookie: {ticket}")
    client = boto3.client(  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
        "dynamodb",
        region_name=settings.region,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    table = settings.store.partition(":")[2]
    found = client.get_item(TableName=table, Key=session_miss.key_of(settings, ticket))
    return {"Item": {name: _told(value) for name, value in found.get("Item", {}).items()}}


def _told(value: Any) -> dict[str, Any]:
    """Return an attribute as it goes over the wire: bytes in base64."""
    ((kind, content),) = value.items()
    return {kind: base64.b64encode(content).decode() if kind == "B" else content}


def _measured(python: str, environment: dict[str, str], cookie: str) -> dict[str, float]:
    argv = pinned(SERVER_CORE, (python, "-m", "bench.measures.session_miss", cookie))
    done = subprocess.run(  # noqa: S603 our own program
        argv,
        env={**environment, "PYTHONPATH": _path()},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise LoadFailed(f"look-up: {done.stderr[-2000:]}")
    said: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return said


def _path() -> str:
    return f"{HERE}:{HERE / 'src'}"
