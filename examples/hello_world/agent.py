"""The Hello World agent's program, which AgentCore starts as a file."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent_host.definition import AgentDefinition
    from agent_host.settings import Settings


def define(settings: "Settings") -> "AgentDefinition":
    """Define the agent; late, since the first ping does not wait for it."""
    from hello_world.definition import hello_world

    return hello_world(settings)


def main() -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    from agent_host.program import serve

    return serve(define)


if __name__ == "__main__":
    # Whoever starts a file finds what lies beside it; the packages lie one folder above.
    sys.path[0] = str(Path(__file__).resolve().parents[1])
    sys.exit(main())
