"""What a developer is told once the stack runs."""

import json
from dataclasses import asdict

from devstack.dev.stack import PEOPLE, Stack


def banner(running: Stack) -> str:
    """Return the block for a person; the line `password: …` stands alone, for scripts too."""
    people = [f"  {person.login:<20} {person.name}, {person.tenant}" for person in PEOPLE]
    own = ", ".join(sorted(running.plan.bff_env))
    lines = [
        "",
        f"Gatehouse is running: open {running.plan.public_url}",
        "",
        "Log in as",
        *people,
        "",
        f"password: {running.secrets.password}",
        "",
        f"Identity provider {running.plan.issuer}, local AWS {running.plan.aws}",
        *([f"Settings from your environment: {own}"] if own else []),
        f"Logs in {running.plan.state / 'logs'}. Stop with Ctrl-C.",
        "",
    ]
    return "\n".join(lines)


def banner_json(running: Stack) -> str:
    """Return the same as one line of JSON, with the process ids."""
    return json.dumps(
        {
            "ready": True,
            "url": running.plan.public_url,
            "bffs": running.plan.bffs,
            "idp": running.plan.issuer,
            "aws": running.plan.aws,
            "password": running.secrets.password,
            "people": [asdict(person) for person in PEOPLE],
            "pids": running.supervisor.pids,
            "state": str(running.plan.state),
        }
    )
