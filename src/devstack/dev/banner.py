"""What a developer is told once the stack runs."""

import json
from dataclasses import asdict

from devstack.dev.stack import PEOPLE, Stack


def banner(running: Stack) -> str:
    """Return the block for a person; the line `password: …` stands alone, for scripts too."""
    people = "\n".join(f"  {person.login:<20} {person.name}, {person.tenant}" for person in PEOPLE)
    return f"""
Gatehouse is running: open {running.plan.public_url}

Log in as
{people}

password: {running.secrets.password}

Identity provider {running.plan.issuer}, local AWS {running.plan.aws}
Logs in {running.plan.state / "logs"}. Stop with Ctrl-C.
"""


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
