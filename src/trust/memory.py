"""This process's memory, which holds the tokens in use: not into a core dump, not to a neighbour.

It guards against what writes memory down by itself (a crash and the machine that keeps its dump),
and against other processes of the same user. Root, the hypervisor and whoever runs code in here
read it all the same: SECURITY.md says what that means.
"""

import ctypes
import resource
import sys
from dataclasses import dataclass

_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4
"""prctl(2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What has been achieved; to be told at start, since a platform may refuse either."""

    no_core_file: bool
    """A crash writes no core file, in children neither."""
    not_dumpable: bool
    """No dump to a handler, no debugger, no `/proc/<pid>/mem` and `environ` for the same user."""


def close_memory() -> Closed:
    """Keep this process's memory to itself, for as long as it lives. Raises nothing.

    The limit alone is not enough: where the kernel hands dumps to a program (`core_pattern` begins
    with a pipe, as under systemd), it is not looked at (core(5)). A program that is started from
    here begins anew, and can be dumped by a handler again: execve(2) sets the flag back.
    """
    return Closed(no_core_file=_without_core_file(), not_dumpable=_without_dumps())


def _without_core_file() -> bool:
    try:
        # The hard limit, too: nothing that runs in here raises it again.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        return False
    return resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def _without_dumps() -> bool:
    if sys.platform != "linux":
        return False
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return False
    # All five, in their own width: a variadic function finds whatever lies there otherwise.
    prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    prctl.restype = ctypes.c_int
    prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return bool(prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
