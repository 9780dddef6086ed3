"""The whole stack, in real processes, for as many journeys as possible at once."""

import os
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devstack.dev.plan import HERE, Plan, Store
from devstack.dev.ports import free_port
from devstack.dev.stack import Stack, stack
from devstack.setup import chromium as browsers
from devstack.setup.tool import Tools
from journeys.functions import started_functions
from journeys.visitor import Visitor

Started = Callable[..., Stack]

NO_SPARES = ("--spares", "0")
"""No agent is started ahead: each loads its libraries, and most would never be asked anything."""


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Generator[Started]:
    """Start a stack of one's own; it ends with the test run."""
    with ExitStack() as running:

        def started(*, aws_options: tuple[str, ...] = (), **options: object) -> Stack:
            plan = Plan(
                state=tmp_path_factory.mktemp("stack"),
                aws_options=(*NO_SPARES, *aws_options),
                **options,  # type: ignore[arg-type]  # as the caller spells them
            )
            environment = dict(os.environ)  # noqa: TID251 the programs' path
            return running.enter_context(stack(plan, env=environment))

        yield started


@pytest.fixture(scope="session")
def local(start: Started, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The usual stack: SQLite, two processes of the BFF; the turns of `ledger` outlive them all."""
    usual, _, ledger = (HERE / "src" / "devstack" / "registry.toml").read_text().rpartition("[")
    registry = tmp_path_factory.mktemp("registry") / "registry.toml"
    detached = ledger.replace("stop_on_disconnect = true", "detach = true")
    registry.write_text(f"{usual}[{detached}")
    return start(bff_ports=(free_port(), free_port()), bff_env={"BFF_REGISTRY": f"file:{registry}"})


@pytest.fixture(scope="session")
def shared(start: Started) -> Stack:
    """The stack with its sessions in DynamoDB; tokens last two seconds, so they are refreshed."""
    return start(store=Store.DYNAMODB, access_ttl_s=2)


@pytest.fixture(scope="session")
def functions(shared: Stack) -> str:
    """API Gateway with all three functions, each by its own role's key, beside the shared stack."""
    return started_functions(shared)


@pytest.fixture
def visitor(local: Stack) -> Callable[[str], Visitor]:
    """Somebody who is logged in on the usual stack."""

    def logged_in(login: str) -> Visitor:
        found = Visitor(origin=local.plan.public_url)
        assert found.log_in(login, local.secrets.password).status_code == 200
        return found

    return logged_in


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is; without one, these journeys are reported as not run."""
    tools = Tools(env=os.environ, log=Path(os.devnull))  # noqa: TID251 where set-up looks, too
    found = browsers.chromium(tools)
    if not found:
        pytest.skip("no Chromium: install one, or name it in CHROMIUM")
    return str(found)
