"""A field of BFF processes on one store, and somebody whose hundred requests come all at once."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from devstack.dev.child import Command
from devstack.dev.output import Output
from devstack.dev.plan import Plan, bffs, peers
from devstack.dev.stack import BFFS_WITHIN_S, PEERS_WITHIN_S
from devstack.dev.state import LocalSecrets, local_secrets, write_private
from devstack.dev.supervisor import Supervisor
from trust.clock import NumericDate, SystemClock
from trust.seal.keyring import new_keyring
from trust.session.cookie import SESSION_COOKIE
from trust.session.ids import Ticket, hash_of
from trust.session.ledger import Ledger
from trust.session.record import Session

TESTS = Path(__file__).resolve().parents[1]
WITHIN_S = 20.0
"""How long is waited for anything before a test has failed."""

_CONTEXT = httpx.create_ssl_context()
"""One for all clients: making it takes longer than many a request."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """The processes; `commands` are those of the BFF by name."""

    plan: Plan
    secrets: LocalSecrets
    supervisor: Supervisor
    commands: Mapping[str, Command]
    control: httpx.Client

    def kill(self, name: str) -> None:
        """End a process without notice, as `kill -9` does."""
        os.killpg(self.supervisor.pids[name], signal.SIGKILL)
        self.supervisor.stop({name})

    def revive(self) -> None:
        """Start the processes anew that have ended."""
        gone = self.commands.keys() - self.supervisor.pids.keys()
        self.supervisor.start([self.commands[name] for name in gone], within_s=BFFS_WITHIN_S)

    def events(self, name: str, **fields: object) -> list[dict[str, Any]]:
        """Return what the BFF processes that run now have logged under a name, so far."""
        found: list[dict[str, Any]] = []
        for process in self.commands:
            log = self.plan.state / "logs" / f"{process}.log"
            lines = log.read_text().splitlines()
            found += [json.loads(line) for line in lines if line.startswith('{"event"')]
        wanted = {"event": name, **fields}
        return [event for event in found if wanted.items() <= event.items()]

    def order(self, **fault: object) -> None:
        """Order a failure of the identity provider."""
        self.control.post(f"{self.plan.issuer}/_local/faults", json=fault).raise_for_status()

    def order_of_aws(self, **fault: object) -> None:
        """Order a failure of the local AWS."""
        self.control.post(f"{self.plan.aws}/_local/faults", json=fault).raise_for_status()

    def calm(self) -> None:
        """Cancel all orders, and count from nothing."""
        self.control.delete(f"{self.plan.issuer}/_local/faults")
        self.control.delete(f"{self.plan.issuer}/_local/counts")
        self.calm_aws()

    def calm_aws(self) -> None:
        """Cancel the orders of the local AWS."""
        self.control.delete(f"{self.plan.aws}/_local/faults")

    def calls(self, path: str = "/token") -> int:
        """Return how often one of the provider's endpoints was called."""
        counts: dict[str, int] = self.control.get(f"{self.plan.issuer}/_local/counts").json()
        return counts.get(path, 0)


@contextmanager
def field_of(plan: Plan, *, env: Mapping[str, str]) -> Generator[Field]:
    """Run provider, AWS and the plan's BFF processes, with the waits of `fakes.brisk`."""
    kept = local_secrets(plan.state / "dev.json")
    write_private(plan.keys, new_keyring(os.urandom))
    supervisor = Supervisor(Output(None, plan.state / "logs"))
    commands = {command.name: _brisk(command) for command in bffs(plan, kept, env)}
    try:
        supervisor.start(peers(plan, kept, env), within_s=PEERS_WITHIN_S)
        supervisor.start(list(commands.values()), within_s=BFFS_WITHIN_S)
        with httpx.Client(verify=_CONTEXT, trust_env=False) as control:
            yield Field(
                plan=plan,
                secrets=kept,
                supervisor=supervisor,
                commands=commands,
                control=control,
            )
    finally:
        supervisor.stop()


def _brisk(command: Command) -> Command:
    path = os.pathsep.join([command.env["PYTHONPATH"], str(TESTS)])
    argv = (sys.executable, "-m", "fakes.brisk", *command.argv[3:])
    return replace(command, argv=argv, env={**command.env, "PYTHONPATH": path})


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who is logged in: their browser's requests, and their row in the store."""

    field: Field
    ledger: Ledger
    ticket: Ticket

    @property
    def id_hash(self) -> str:
        """What logs call the session."""
        return hash_of(self.ticket.id)

    async def ask(self, number: int = 0, *, client: httpx.AsyncClient) -> httpx.Response:
        """Send a request that needs fresh tokens to one of the processes."""
        origins = self.field.plan.bffs
        return await client.get(
            f"{origins[number % len(origins)]}/api/agents", headers=self.headers
        )

    @property
    def headers(self) -> dict[str, str]:
        """What the app sends with every request."""
        cookie = f"{SESSION_COOKIE}={self.ticket}"
        return {"cookie": cookie, "x-csrf": "1", "sec-fetch-site": "same-origin"}

    async def storm(self, requests: int = 100) -> Counter[str]:
        """Send them all at once, over all processes; count the answers by status and code."""
        async with browser() as client:
            answers = await asyncio.gather(
                *(self.ask(number, client=client) for number in range(requests))
            )
        return Counter(outcome(answer) for answer in answers)

    async def row(self) -> Session | None:
        """Return what the store says of the session now."""
        return await self.ledger.read(self.ticket, now=SystemClock().now())

    async def change(self, change: Callable[[Session], Session]) -> Session:
        """Write the session's row anew, as a process would that knows the cookie."""
        row = await self.row()
        assert row is not None
        return await self.ledger.write(change(row))

    async def grow_old(self, *, left_s: int = 0) -> Session:
        """Let the access token of an hour be over, or nearly."""
        now = SystemClock().now()

        def aged(session: Session) -> Session:
            tokens = replace(
                session.tokens,
                received_at=NumericDate(now + left_s - 3600),
                expires_at=NumericDate(now + left_s),
            )
            return replace(session, tokens=tokens)

        return await self.change(aged)


def outcome(answer: httpx.Response) -> str:
    """Return the status, and the code of a problem."""
    return "200" if answer.is_success else f"{answer.status_code} {answer.json()['code']}"


def browser() -> httpx.AsyncClient:
    """Return a client that opens as many connections as it is asked for."""
    limits = httpx.Limits(max_connections=None)
    return httpx.AsyncClient(verify=_CONTEXT, timeout=2 * WITHIN_S, limits=limits, trust_env=False)


async def until(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until something holds; after `WITHIN_S` the test has failed."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            held = condition()
            if held if isinstance(held, bool) else await held:
                return
            await asyncio.sleep(0.02)
