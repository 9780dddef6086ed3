"""`gatehouse doctor`: how a deployment stands to RFC 10017, to RFC 9700 and to its provider."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from bff.commands.output import FAILED, answer
from bff.commands.verbs import Verbs
from trust.errors import TrustError

if TYPE_CHECKING:
    # With them comes all of the web: `gatehouse --help` need not wait for that.
    from bff.doctor.facts import Facts, Unreached
    from bff.gate import Gate
    from trust.registry.record import ProviderEntry


def add_doctor(verbs: Verbs) -> None:
    """Add the verb."""
    summary = "check the configuration, the provider and the running BFF, clause by clause"
    doctor = verbs.add_parser(
        "doctor",
        help=summary,
        description=f"{summary}; ends with 1 if a MUST is broken",
        epilog="example: gatehouse doctor --json",
    )
    doctor.add_argument(
        "--offline", action="store_true", help="ask nobody: the configuration alone"
    )
    doctor.add_argument("--verbose", action="store_true", help="tell what passed, too")
    forms = doctor.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="answer as JSON")
    forms.add_argument("--markdown", action="store_true", help="answer as tables in Markdown")
    doctor.set_defaults(run=_run)


def _run(chosen: argparse.Namespace) -> int:
    from bff.doctor.examination import examine, failed
    from bff.doctor.report import document, lines, markdown

    verdicts = examine(asyncio.run(_facts(offline=chosen.offline)))
    if chosen.json:
        answer(document(verdicts))
    elif chosen.markdown:
        sys.stdout.write(markdown(verdicts))
    else:
        sys.stdout.write("\n".join([*lines(verdicts, every=chosen.verbose), ""]))
    return FAILED if failed(verdicts) else 0


async def _facts(*, offline: bool) -> "Facts":
    from bff.doctor import gathering
    from bff.provider.configured import default_entry
    from bff.settings import load_settings
    from bff.wiring import open_gate

    environment = os.environ  # noqa: TID251 the commands' own place to read it
    settings = load_settings(environment)
    if offline:
        return gathering.offline(settings, default_entry(settings))
    async with AsyncExitStack() as opened:
        gate = await open_gate(settings, environment)
        opened.push_async_callback(gate.close)
        return await _asked(gate, opened)


async def _asked(gate: "Gate", opened: AsyncExitStack) -> "Facts":
    from bff.doctor.gathering import gathered
    from bff.doctor.http import HttpxBff
    from bff.provider.configured import opener_of

    opener = opener_of(gate.settings, gate.keepers)
    bff = HttpxBff(gate.settings.public_url)
    for one in (opener, bff):
        opened.push_async_callback(one.close)
    tell = _telling()
    # Also where asking ends by Ctrl-C: the line is not left on the screen.
    opened.callback(tell, "")
    return await gathered(
        gate.settings,
        await _entries(gate),
        gate.providers.default.entry,
        http_for=lambda entry: opener.calling(private_network=entry.private_network),
        bff=bff,
        told=tell,
    )


async def _entries(gate: "Gate") -> "Sequence[ProviderEntry] | Unreached":
    from bff.doctor.facts import Unreached

    try:
        return await gate.providers.entries()
    except TrustError as error:
        return Unreached(why=error.title)


def _telling() -> Callable[[str], None]:
    """Return what tells a person what is being asked: one line, written over, and empty at last."""
    if not sys.stderr.isatty():
        return lambda _: None

    def tell(what: str) -> None:
        sys.stderr.write(f"\r\x1b[K{what and f'gatehouse: asking: {what}'}")
        sys.stderr.flush()

    return tell
