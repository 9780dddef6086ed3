"""Where commands work on what a running Gatehouse works on: the same settings, the same store."""

import argparse
import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bff.commands.verbs import Run
from bff.registry import registry_place
from bff.settings import load_settings
from trust import audit, log
from trust.audit import Deed, Outcome
from trust.errors import SettingsError, TrustError
from trust.registry.members import Terms
from trust.registry.opening import open_registrar
from trust.registry.registrar import Registrar

if TYPE_CHECKING:
    # With it comes all of the web: `gatehouse --help` need not wait for that.
    from bff.gate import Gate

BY = "command"
"""Who did it, in the audit trail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An open Gatehouse, and who writes its registry."""

    gate: "Gate"
    registrar: Registrar
    terms: Terms


Work = Callable[[Office, argparse.Namespace], Awaitable[int]]
"""What a verb does with an open Gatehouse and its arguments; returns the exit code."""


@dataclass(slots=True)
class Record:
    """What is to be written down of a deed besides its name."""

    counts: dict[str, int] = field(default_factory=dict[str, int])


def at_work(work: Work) -> Run:
    """Return the verb that does `work` with a Gatehouse that the environment configures.

    It raises SettingsError, and what the work raises.
    """

    async def _worked(chosen: argparse.Namespace) -> int:
        async with _opened() as office:
            return await work(office, chosen)

    return lambda chosen: asyncio.run(_worked(chosen))


async def close_again() -> None:
    """Open everything that the environment configures, and close it. Raises SettingsError."""
    from bff.wiring import open_gate

    environment = os.environ  # noqa: TID251 the commands' own place to read it
    gate = await open_gate(load_settings(environment), environment)
    await gate.close()


@contextmanager
def recorded(
    what: str, *, tenant: str | None = None, subject: str | None = None
) -> Generator[Record]:
    """Write the deed inside down in the audit trail, also when it fails."""
    record = Record()
    try:
        yield record
    except TrustError as error:
        audit.record(
            Deed.ADMINISTRATION,
            audit.outcome_of(error),
            tenant=tenant,
            subject=subject,
            by=BY,
            what=what,
            why=error.code,
        )
        raise
    audit.record(
        Deed.ADMINISTRATION,
        Outcome.DONE,
        tenant=tenant,
        subject=subject,
        session=None,
        by=BY,
        what=what,
        **record.counts,
    )


@asynccontextmanager
async def _opened() -> AsyncGenerator[Office]:
    from bff.wiring import open_gate

    environment = os.environ  # noqa: TID251 the commands' own place to read it
    settings = load_settings(environment)
    if settings.store == "memory:":
        raise SettingsError(
            ["BFF_STORE memory: is another process's memory: set sqlite:path or dynamodb:table"]
        )
    # What a command does is written down where the service writes, too.
    log.to_stderr()
    gate = await open_gate(settings, environment)
    place = registry_place(settings)
    try:
        yield Office(
            gate=gate,
            registrar=open_registrar(place, gate.table, gate.clock),
            terms=place.terms,
        )
    finally:
        await gate.close()
