"""`gatehouse registry`: the stored registry as a whole."""

import argparse
from pathlib import Path

from bff.commands.office import Office, at_work, recorded
from bff.commands.output import FAILED, answer, say
from bff.commands.verbs import Verbs, action, group
from trust.registry.file import load_registry
from trust.registry.push import How, Push, Step, planned, push


def add_registry(verbs: Verbs) -> None:
    """Add the verbs."""
    registry = group(verbs, "registry", "bring the stored registry to what a file says")
    pushing = action(
        registry,
        "push",
        at_work(_push),
        summary="store the tenants, providers and agents of a file; nothing is removed",
        example="registry push registry.toml --dry-run",
    )
    pushing.add_argument("file", type=Path, help="a registry.toml")
    pushing.add_argument("--dry-run", action="store_true", help="only tell what would change")


async def _push(office: Office, chosen: argparse.Namespace) -> int:
    plan = await planned(office.registrar, load_registry(chosen.file, office.terms))
    counts = _counts(plan)
    if not chosen.dry_run and counts["added"] + counts["changed"]:
        with recorded("registry push") as record:
            await push(office.registrar, plan)
            record.counts |= counts
    _tell(chosen, plan, counts)
    # What cannot be read was left alone: the store does not say what the file says.
    return FAILED if counts["unreadable"] else 0


def _counts(plan: Push) -> dict[str, int]:
    return {how.value: sum(step.how is how for step in plan.steps) for how in How}


def _tell(chosen: argparse.Namespace, plan: Push, counts: dict[str, int]) -> None:
    if chosen.json:
        steps = [
            {
                "kind": step.kind,
                "name": step.name,
                "how": step.how.value,
                "still_suspended": step.still_suspended,
            }
            for step in plan.steps
        ]
        answer({"ok": not counts["unreadable"], "dry_run": chosen.dry_run, "steps": steps})
        return
    say(*(_line(step) for step in plan.steps if step.how is not How.SAME or step.still_suspended))
    summary = ", ".join(f"{counts[how.value]} {how.value}" for how in How if counts[how.value])
    begin = "a dry run, nothing was written: " if chosen.dry_run else ""
    say(begin + (summary or "there is nothing in the file and nothing in the store"))


def _line(step: Step) -> str:
    line = f"{step.kind} {step.name}: {step.how.value}"
    if step.how is How.UNREADABLE:
        line += f", left as it is; `gatehouse {step.kind}s remove {step.name}`, then push again"
    if step.still_suspended:
        line += f", stays suspended; `gatehouse tenants resume {step.name}` lifts that"
    return line
