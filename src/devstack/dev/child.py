"""One program of the stack: its process group, its output and its end."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from devstack.dev import tether
from devstack.dev.happening import Died, Happening, Ready, StackFailed
from devstack.dev.output import Output, says_ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program to run and how to tell that it is ready."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    probe: str | None = None
    """URL that answers 200 once the program is ready; without it, a line of its output says so."""


class Child:
    """A program that was started; lives in a process group of its own.

    So a Ctrl-C in the terminal reaches only the supervisor, which stops the programs in order, and
    whatever a program has started itself ends with it.
    """

    def __init__(
        self, command: Command, output: Output, happenings: SimpleQueue[Happening]
    ) -> None:
        self.command = command
        self._happenings = happenings
        tied = [sys.executable, "-I", "-S", tether.__file__, str(os.getpid())]
        try:
            self._process = subprocess.Popen(  # noqa: S603 the stack's own command
                [*tied, *command.argv],
                cwd=command.cwd,
                env=dict(command.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise StackFailed(f"{command.name} cannot be started: {error}") from error
        reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        reader.start()
        threading.Thread(target=self._await_end, args=(reader,), daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id, which is the process group's id too."""
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and everything it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def _read(self, output: Output) -> None:
        if self._process.stdout is None:
            return
        with self._process.stdout as lines, output.log(self.command.name) as log:
            for line in lines:
                log.write(line)
                if says_ready(line):
                    self._happenings.put(Ready(self.command.name))
                else:
                    output.show(self.command.name, line.decode(errors="replace").rstrip())

    def _await_end(self, reader: threading.Thread) -> None:
        if hasattr(os, "waitid"):
            # Seen, not yet reaped: while the leader is a zombie, nobody else can get its group id.
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        self.signal(signal.SIGKILL)
        code = self._process.wait()
        reader.join(timeout=1)
        self._happenings.put(Died(self.command.name, code))
