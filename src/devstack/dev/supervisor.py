"""Starts programs in waves, watches them and stops them in the opposite order."""

import http.client
import signal
import time
from collections.abc import Iterable, Sequence
from queue import Empty, SimpleQueue
from urllib.parse import urlsplit

from devstack.dev.child import Child, Command
from devstack.dev.happening import Died, Happening, Ready, StackFailed, Stopped, Told
from devstack.dev.output import Output

GRACE_S = 5.0
"""How long the programs have, together, to end by themselves before they are killed."""

_PROBE_EVERY_S = 0.05
_PROBE_TIMEOUT_S = 2.0


class Supervisor:
    """The programs of one stack.

    One thread uses it, others only `tell` it; the programs end with the thread that started them.
    """

    def __init__(self, output: Output, *, grace_s: float = GRACE_S) -> None:
        self._output = output
        self._grace_s = grace_s
        self._happenings: SimpleQueue[Happening] = SimpleQueue()
        self._waves: list[list[str]] = []
        self._alive: dict[str, Child] = {}

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of the programs that run."""
        return {name: child.pid for name, child in self._alive.items()}

    def tell(self, number: int) -> None:
        """Ask for the end; may be called from a signal handler (SimpleQueue.put is reentrant)."""
        self._happenings.put(Told(number))

    def start(self, commands: Sequence[Command], *, within_s: float) -> None:
        """Start programs and wait until all are ready. Raises StackFailed, Stopped."""
        self._waves.append([command.name for command in commands])
        for command in commands:
            self._alive[command.name] = Child(command, self._output, self._happenings)
        unready = {command.name: command for command in commands}
        deadline = time.monotonic() + within_s
        while unready:
            unready.pop(self._hear_ready(deadline) or "", None)
            for name in [name for name, command in unready.items() if _answers(command)]:
                del unready[name]
            if unready and time.monotonic() >= deadline:
                raise StackFailed(self._late(unready, within_s))

    def _hear_ready(self, deadline: float) -> str | None:
        """Return who says to be ready before it is time to ask. Raises StackFailed, Stopped."""
        match self._next(min(deadline, time.monotonic() + _PROBE_EVERY_S)):
            case Ready(name=name):
                return name
            case Died() as died:
                raise StackFailed(self._epitaph(died))
            case Told():
                raise Stopped
            case None:
                return None

    def watch(self) -> None:
        """Return when somebody asks for the end. Raises StackFailed when a program dies."""
        while True:
            match self._next(None):
                case Died() as died:
                    raise StackFailed(self._epitaph(died))
                case Told():
                    return
                case _:
                    pass

    def stop(self, names: Iterable[str] | None = None) -> None:
        """Stop all programs, or only some of them, the last wave first; kill what lingers.

        Another request to stop that comes meanwhile ends the grace at once.
        """
        chosen = set(self._alive if names is None else names)
        deadline = time.monotonic() + self._grace_s
        for wave in reversed(self._waves):
            going = chosen.intersection(wave, self._alive)
            self._signal(going, signal.SIGTERM)
            if not self._gone(going, deadline):
                deadline = 0.0
                self._signal(going, signal.SIGKILL)
                self._gone(going, time.monotonic() + GRACE_S)

    def _signal(self, names: Iterable[str], number: signal.Signals) -> None:
        for name in names:
            if name in self._alive:
                self._alive[name].signal(number)

    def _gone(self, names: set[str], deadline: float) -> bool:
        while names.intersection(self._alive):
            match self._next(deadline):
                case Told() | None:
                    return False
                case _:
                    pass
        return True

    def _next(self, deadline: float | None) -> Happening | None:
        """Return the next happening, or None at the deadline."""
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        try:
            happening = self._happenings.get(timeout=timeout)
        except Empty:
            return None
        if isinstance(happening, Died):
            del self._alive[happening.name]
        return happening

    def _epitaph(self, died: Died) -> str:
        how = f"ended with code {died.code}" if died.code >= 0 else f"was ended by {_word(died)}"
        return f"{died.name} {how}: see {self._output.where(died.name)}"

    def _late(self, unready: Iterable[str], within_s: float) -> str:
        names = sorted(unready)
        logs = "\n".join(self._output.where(name) for name in names)
        return f"{' and '.join(names)} not ready within {within_s:.0f} s: see {logs}"


def _word(died: Died) -> str:
    try:
        return signal.Signals(-died.code).name
    except ValueError:
        return f"signal {-died.code}"


def _answers(command: Command) -> bool:
    """Return whether the program's probe answers 200; never goes through a proxy."""
    if command.probe is None:
        return False
    url = urlsplit(command.probe)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=_PROBE_TIMEOUT_S)
    try:
        connection.request("GET", url.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
