"""The whole local stack as a context manager: for `python -m devstack.dev` and for journeys."""

import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from devstack.dev.output import Output
from devstack.dev.plan import Plan, bffs, peers
from devstack.dev.state import LocalSecrets, local_secrets, write_private
from devstack.dev.supervisor import Supervisor
from trust.seal.keyring import new_keyring

PEERS_WITHIN_S = 30.0
BFFS_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can log in at the local identity provider, with the stack's one password."""

    login: str
    name: str
    tenant: str


PEOPLE = (
    Person(login="alice@acme.test", name="Alice Archer", tenant="Acme Corporation"),
    Person(login="bob@acme.test", name="Bob Baker", tenant="Acme Corporation"),
    Person(login="carol@globex.test", name="Carol Chen", tenant="Globex"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A stack that runs."""

    plan: Plan
    secrets: LocalSecrets
    supervisor: Supervisor


@contextmanager
def stack(
    plan: Plan,
    *,
    env: Mapping[str, str],
    out: TextIO | None = None,
    supervisor: Supervisor | None = None,
) -> Generator[Stack]:
    """Run identity provider, AWS and BFF, all ready on entry, all gone on exit.

    `env` is the caller's environment, `out` where the programs' output goes besides their logs in
    `plan.state / "logs"`. Raises StackFailed, Stopped.
    """
    kept = local_secrets(plan.state / "dev.json")
    if not plan.keys.exists():
        write_private(plan.keys, new_keyring(secrets.token_bytes))
    supervisor = supervisor or Supervisor(Output(out, plan.state / "logs"))
    try:
        supervisor.start(peers(plan, kept, env), within_s=PEERS_WITHIN_S)
        supervisor.start(bffs(plan, kept, env), within_s=BFFS_WITHIN_S)
        yield Stack(plan=plan, secrets=kept, supervisor=supervisor)
    finally:
        supervisor.stop()
