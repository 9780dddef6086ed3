"""One set-up of a checkout at a time."""

import fcntl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def turn(lock: Path, *, waiting: Callable[[], None]) -> Generator[None]:
    """Hold the lock file; where another process has it, call `waiting` once and wait.

    The kernel lets go of the lock with the process, so a killed set-up blocks nobody.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
