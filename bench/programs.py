"""The programs of a run, each on its core: upstreams and providers, peers, Gatehouse."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.certificate import Certificates
from bench.peers import apache, express, gatehouse, nginx
from bench.process import LOAD_CORE, SERVER_CORE, pinned
from bench.target import Peer
from bench.upstream import nginx as upstream
from devstack.dev.child import Command
from devstack.dev.plan import HERE, Plan, peers, surroundings
from devstack.dev.state import LocalSecrets

_PROGRAMS = "/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """One for each listener; Gatehouse has a process for each upstream."""

    idp: int
    aws: int
    json_tls: int
    json_plain: int
    events_tls: int
    events_plain: int
    nginx: int
    nginx_plain: int
    apache: int
    node: int
    gatehouse: int
    gatehouse_events: int
    gatehouse_plain: int
    stub: int
    reads: int
    spare: int
    """For a process that a measure starts by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Writes the configurations and names the commands."""

    folder: Path
    ports: Ports
    plan: Plan
    secrets: LocalSecrets
    certificates: Certificates
    environment: Mapping[str, str]

    def ground(self) -> list[Command]:
        """Return what everybody leans on: the upstreams, the provider, the local AWS."""
        ports, files = self.ports, self.certificates
        conf = upstream.configuration(
            self.folder, upstream.Ports(tls=ports.json_tls, plain=ports.json_plain), files
        )
        listening = (str(ports.events_plain), str(ports.events_tls))
        keys = (str(files.certificate), str(files.key))
        serving = (sys.executable, "-m", "bench.upstream.events", *listening, *keys)
        return [
            self._nginx("upstream", LOAD_CORE, conf, ports.json_plain),
            self._command("events", LOAD_CORE, serving, None),
            *self._local_stack(),
        ]

    def _local_stack(self) -> list[Command]:
        return [
            Command(
                name=one.name,
                argv=pinned(LOAD_CORE, one.argv),
                env=one.env,
                cwd=HERE,
                probe=one.probe,
            )
            for one in peers(self.plan, self.secrets, self.environment)
        ]

    def others(self) -> list[Command]:
        """Return those that Gatehouse is compared with."""
        ports, secure = self.ports, self.route(tls=True)
        limit = nginx.configuration(self.folder, "nginx", ports.nginx, secure)
        plain = nginx.configuration(
            self.folder, "nginx-plain", ports.nginx_plain, self.route(tls=False)
        )
        started = express.command(ports.node, secure, self._client(ports.node))
        return [
            self._nginx(Peer.NGINX.name, SERVER_CORE, limit, ports.nginx),
            self._nginx(Peer.NGINX_PLAIN.name, SERVER_CORE, plain, ports.nginx_plain),
            self._apache(),
            self._command(Peer.NODE.name, SERVER_CORE, started, ports.node),
        ]

    def gatehouses(self, around: gatehouse.Surroundings) -> list[Command]:
        """Return a process of Gatehouse for each upstream."""
        ports, secure, plain = self.ports, self.route(tls=True), self.route(tls=False)
        return [
            gatehouse.command("gatehouse", ports.gatehouse, secure.json, around),
            gatehouse.command("gatehouse-events", ports.gatehouse_events, secure.events, around),
            gatehouse.command("gatehouse-plain", ports.gatehouse_plain, plain.events, around),
        ]

    def route(self, *, tls: bool) -> nginx.Route:
        """Return where the upstreams are."""
        ports = self.ports
        chosen = (
            (ports.json_tls, ports.events_tls) if tls else (ports.json_plain, ports.events_plain)
        )
        json, events = (f"http{'s' if tls else ''}://127.0.0.1:{port}" for port in chosen)
        return nginx.Route(json=json, events=events, authority=self.certificates.authority)

    def _client(self, port: int) -> apache.Client:
        return apache.Client(
            issuer=self.plan.issuer,
            origin=f"http://localhost:{port}",
            secret=self.secrets.client_secret,
        )

    def _apache(self) -> Command:
        port = self.ports.apache
        conf = self.folder / "apache.conf"
        conf.write_text(
            apache.configuration(
                self.folder, "apache", port, self.route(tls=True), self._client(port)
            )
        )
        argv = ("apache2", "-D", "FOREGROUND", "-f", str(conf))
        return self._command(Peer.APACHE.name, SERVER_CORE, argv, port)

    def _nginx(self, name: str, core: int, configuration: str, port: int) -> Command:
        conf = self.folder / f"{name}.conf"
        conf.write_text(configuration)
        argv = ("nginx", "-e", "stderr", "-p", str(self.folder), "-c", str(conf))
        return self._command(name, core, argv, port)

    def _command(self, name: str, core: int, argv: tuple[str, ...], port: int | None) -> Command:
        around = surroundings(self.environment)
        path = f"{around.get('PATH', os.defpath)}:{_PROGRAMS}"
        return Command(
            name=name,
            argv=pinned(core, argv),
            env={**around, "PATH": path, "PYTHONPATH": f"{HERE}:{HERE / 'src'}"},
            cwd=self.folder,
            probe=None if port is None else f"http://127.0.0.1:{port}/ready",
        )
