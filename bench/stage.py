"""Everything that stands ready before the first figure is taken."""

import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

from bench.build import Build
from bench.certificate import certificates
from bench.load.post import body
from bench.login import Person, log_in
from bench.peers import gatehouse
from bench.programs import Ports, Programs
from bench.target import Peer, Target
from devstack.dev.child import Command
from devstack.dev.output import Output
from devstack.dev.plan import Plan, bffs
from devstack.dev.ports import in_use
from devstack.dev.state import local_secrets, write_private
from devstack.dev.supervisor import Supervisor
from trust.seal.keyring import new_keyring

WITHIN_S = 40.0
_A_DAY_S = 86400
_FIRST_PORT, _LAST_PORT = 21000, 32000
_OF_NOBODY = {"Authorization": "Bearer of-nobody"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What runs, and the ways through it."""

    programs: Programs
    supervisor: Supervisor
    around: gatehouse.Surroundings
    person: Person
    cookies: Mapping[Peer, str]

    @property
    def ports(self) -> Ports:
        """Where everything listens."""
        return self.programs.ports

    @property
    def held_url(self) -> str:
        """Where the upstream that streams tells how many streams it holds open."""
        return f"http://127.0.0.1:{self.ports.events_plain}/held"

    def pid(self, target: Target) -> int | None:
        """Return the process whose time a target costs; None for the upstream itself."""
        return None if target.program is None else self.supervisor.pids[target.program]

    @contextmanager
    def running(self, command: Command) -> Generator[None]:
        """Run one more program for a while. Raises StackFailed."""
        self.supervisor.start([command], within_s=WITHIN_S)
        try:
            yield
        finally:
            self.supervisor.stop([command.name])

    def for_calls(self) -> list[Target]:
        """Return the ways to 1 KB of JSON: the same TLS upstream unless the name says other."""
        ports = self.ports
        way = f"https://127.0.0.1:{ports.json_tls}/calls"
        return [
            Target(peer=Peer.DIRECT, url=way, program=None, headers=_OF_NOBODY),
            self._way(Peer.NGINX, ports.nginx, "/calls"),
            self._way(Peer.NGINX_PLAIN, ports.nginx_plain, "/calls"),
            self._way(Peer.APACHE, ports.apache, "/calls"),
            self._way(Peer.NODE, ports.node, "/calls"),
            self._in_one_chat(Peer.GATEHOUSE, "hello"),
            self._in_one_chat(Peer.GATEHOUSE_DATA, "ledger"),
        ]

    def for_streams(self) -> list[Target]:
        """Return the ways to the upstream that streams, over TLS; the direct way is plain."""
        ports = self.ports
        way = f"http://127.0.0.1:{ports.events_plain}/events"
        return [
            Target(peer=Peer.DIRECT, url=way, program=None, headers=_OF_NOBODY),
            self._way(Peer.NGINX, ports.nginx, "/events"),
            self._way(Peer.APACHE, ports.apache, "/events"),
            self._way(Peer.NODE, ports.node, "/events"),
            self._gatehouse(Peer.GATEHOUSE, "gatehouse-events", ports.gatehouse_events),
            self._gatehouse(Peer.GATEHOUSE_PLAIN, "gatehouse-plain", ports.gatehouse_plain),
        ]

    def _way(self, peer: Peer, port: int, path: str) -> Target:
        headers = {"Host": f"localhost:{port}", "Content-Type": "application/json"}
        if peer in self.cookies:
            headers["Cookie"] = self.cookies[peer]
        url = f"http://127.0.0.1:{port}{path}"
        return Target(peer=peer, url=url, program=peer.name, headers=headers)

    def _gatehouse(self, peer: Peer, program: str, port: int, *, agent: str = "hello") -> Target:
        cookie = self.cookies[Peer.GATEHOUSE]
        return gatehouse.calling(peer, program, port, cookie, self.around, agent=agent)

    def _in_one_chat(self, peer: Peer, agent: str) -> Target:
        target = self._gatehouse(peer, "gatehouse", self.ports.gatehouse, agent=agent)
        return gatehouse.one_chat(target, body())


@contextmanager
def stage(folder: Path, env: Mapping[str, str], build: Build, *, now: datetime) -> Generator[Stage]:
    """Start all programs, log in everywhere; end them all on the way out.

    Raises StackFailed, LoginFailed, httpx.HTTPError.
    """
    # Apache's workers run as another user.
    folder.chmod(0o755)
    programs = _programs(folder, env, now)
    plan = programs.plan
    around = gatehouse.Surroundings(
        environment=bffs(plan, programs.secrets, env)[0].env,
        folder=folder,
        authority=programs.certificates.authority,
        origin=plan.public_url,
        build=build,
    )
    supervisor = Supervisor(Output(None, folder / "logs"))
    try:
        for wave in (programs.ground(), programs.others(), programs.gatehouses(around)):
            supervisor.start(wave, within_s=WITHIN_S)
        person = Person(login="alice@acme.test", password=programs.secrets.password)
        yield Stage(
            programs=programs,
            supervisor=supervisor,
            around=around,
            person=person,
            cookies=_cookies(programs.ports, around, person),
        )
    finally:
        supervisor.stop()


def _programs(folder: Path, env: Mapping[str, str], now: datetime) -> Programs:
    ports = _ports()
    others = [f"http://localhost:{port}" for port in (ports.apache, ports.node, ports.spare)]
    plan = Plan(
        state=folder,
        idp_port=ports.idp,
        aws_port=ports.aws,
        bff_ports=(ports.gatehouse,),
        # Nobody's token runs out in mid-run; refreshing is not what is measured.
        access_ttl_s=_A_DAY_S,
        idp_options=tuple(word for origin in others for word in ("--bff", origin)),
    )
    kept = local_secrets(folder / "dev.json")
    write_private(plan.keys, new_keyring(secrets.token_bytes))
    return Programs(
        folder=folder,
        ports=ports,
        plan=plan,
        secrets=kept,
        certificates=certificates(folder, now=now),
        environment=env,
    )


def _ports() -> Ports:
    """Return ports below those that connections take for themselves (ip(7)).

    There are thousands of connections here: of a port from their range, one may have it by the time
    that its server starts.
    """
    free = (port for port in range(_FIRST_PORT, _LAST_PORT) if not in_use(port))
    return Ports(**{field.name: next(free) for field in fields(Ports)})


def _cookies(ports: Ports, around: gatehouse.Surroundings, person: Person) -> dict[Peer, str]:
    return {
        Peer.APACHE: log_in(f"http://localhost:{ports.apache}/", person),
        Peer.NODE: log_in(f"http://localhost:{ports.node}/", person),
        Peer.GATEHOUSE: gatehouse.logged_in(around, person),
    }
