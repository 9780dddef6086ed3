"""The scene: the whole stack on a host that has siblings, over TLS, and somebody else's web site.

To a browser `evil.gate.localhost` is the app's own site, and 127.0.0.1 is another one, as are the
provider and everything else without TLS.
"""

import os
import shlex
import ssl
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from browsers import agent
from browsers.tab import Tab
from browsers.tap import tapped
from devstack.dev.plan import HERE, Plan
from devstack.dev.stack import Stack, stack
from fakes.loopback_tls import certificate
from journeys.hostile_site import hostile_site
from journeys.scene import APP, ATTACKERS, SITE
from journeys.wiretap import Wiretap


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped(Plan):
    """A stack whose public origin is the tap's."""

    tap_port: int

    @property
    def public_url(self) -> str:
        """The origin that the browser uses."""
        return f"https://{APP}:{self.tap_port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A stack, its tap, and the port of somebody else's web site."""

    local: Stack
    tap: Wiretap
    port: int
    plain: Wiretap
    """The same web site, without TLS on every name of this machine."""

    @property
    def app(self) -> str:
        """The app's origin."""
        return self.local.plan.public_url

    @property
    def socket(self) -> str:
        """Where the agent may be talked to over a WebSocket."""
        return f"{self.app.replace('http', 'ws')}/api/agents/hello/ws"

    def page_of(self, attacker: str, tab: Tab) -> str:
        """Go to a page of somebody else's; return its origin."""
        origin = f"https://{ATTACKERS[attacker]}:{self.port}"
        tab.go(f"{origin}/")
        tab.run("(app) => { window.APP = app }", self.app)
        return origin

    def log_in(self, tab: Tab, login: str = "alice@acme.test") -> None:
        """Log in as a person does: a button, a form on another site, and back."""
        tab.go(f"{self.app}/")
        tab.see("[data-testid=login]")
        tab.click("[data-testid=login]")
        tab.see("input[name=password]")
        tab.write("input[name=login]", login)
        tab.write("input[name=password]", f"{self.local.secrets.password}\n")
        tab.see("[data-testid=who]")


@contextmanager
def opened(folder: Path) -> Generator[Scene]:
    """Open the scene."""
    registry = folder / "registry.toml"
    usual = (HERE / "src" / "devstack" / "registry.toml").read_text()
    registry.write_text(usual.replace("[agents.hello]", "[agents.hello]\nwebsocket = true"))
    command = shlex.join([sys.executable, agent.__file__])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(f"*.{SITE}", folder))
    with (
        hostile_site() as elsewhere,
        tapped() as plain,
        tapped(context) as theirs,
        tapped(context) as tap,
    ):
        plain.bff_port = theirs.bff_port = elsewhere
        plan = Tapped(
            state=folder,
            tap_port=tap.port,
            # Every chat of every journey has a process, and none is told that it is over.
            aws_options=("--spares", "0", "--sessions", "99", "--agent-command", command),
            bff_env={"BFF_REGISTRY": f"file:{registry}"},
        )
        tap.bff_port = plan.bff_ports[0]
        environment = dict(os.environ)  # noqa: TID251 the programs' path
        with stack(plan, env=environment) as local:
            yield Scene(local=local, tap=tap, port=theirs.port, plain=plain)
