"""Start a program that ends with its parent: tether.py PARENT_PID PROGRAM ARGUMENT…

Without it, a supervisor that is killed outright (SIGKILL, out of memory) leaves its programs behind
with their ports taken. A program of its own and not `preexec_fn`, which runs Python between fork
and exec and may deadlock where the parent has threads. Linux only; elsewhere it just starts it.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal to get when the parent ends; it survives execve."""


def main(parent: int, program: list[str]) -> None:
    """Tie this process to its parent and become the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit(1)  # the parent ended before the line above, so no signal will come
    os.execvp(program[0], program)  # noqa: S606 the supervisor's own command


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
