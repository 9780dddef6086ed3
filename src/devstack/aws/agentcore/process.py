"""One agent process: what stands for a microVM here.

The program is any that keeps AgentCore's container contract: it serves `POST /invocations` and
`GET /ping` on the port it is told. It runs in a process group of its own, and that group is killed
when this process ends, however it ends.
"""

import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

LEASH = 'exec 3<&0; (read -r line <&3; kill -KILL 0) & exec "$@" 3<&- </dev/null'
"""Shell that ties a program to our life.

Its standard input is a pipe whose other end only we hold. When we close it, or die, the reader in
the background sees the end and kills the whole group; the program itself takes the shell's place.
This works with any program, on Linux and macOS, and also after SIGKILL, where no handler runs.
"""
REAPING_S = 5.0
"""How long the system may take to end a process that was killed, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProcess:
    """A process that was started; it may not answer yet."""

    handle: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether it is still running."""
        return self.handle.poll() is None

    def kill(self) -> None:
        """End the process and everything it started, at once; may be called again."""
        leash = self.handle.stdin
        if leash is None or leash.closed:
            # Killed before: by now the number may be somebody else's.
            return
        _kill_group(self.handle.pid)
        self.handle.wait(REAPING_S)
        leash.close()


def started(
    command: Sequence[str], environment: Mapping[str, str], *, log: IO[bytes] | int
) -> AgentProcess:
    """Start a program on a free port of 127.0.0.1. Raises OSError if there is no such program."""
    port = _free_port()
    # Not a shell command line: `command` reaches the shell as separate arguments.
    handle = subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", LEASH, "sh", *command],
        env={**environment, "HOST": "127.0.0.1", "PORT": str(port)},
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    return AgentProcess(handle=handle, port=port)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _kill_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        # The group is gone already, which is what was wanted.
        return
