"""What a running program and its children use, as the kernel counts it in /proc (proc(5))."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SERVER_CORE = 0
"""The server under test has this core to itself."""

LOAD_CORE = 1
"""Load, upstreams, identity provider and local AWS share this one."""

_NS = 1e-9


def pinned(core: int, argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command that runs another on one core only; what it starts stays there too."""
    return ("taskset", "--cpu-list", str(core), *argv)


def cpu_s(root: int) -> float:
    """Return the seconds of processor time that a process and its children have used so far.

    `schedstat` counts nanoseconds; `stat` counts ticks of 10 ms, which for many workers that do
    little each adds up to nothing. A thread that has ended is no longer counted.
    """
    return sum(_ran_ns(task) for pid in tree(root) for task in _tasks(pid)) * _NS


def memory_mb(root: int) -> float:
    """Return the proportional set size of a process and its children, in 10^6 bytes."""
    return sum(_pss_kb(pid) for pid in tree(root)) * 1024 / 1e6


def tree(root: int) -> list[int]:
    """Return the ids of a process and of everything that it has started, as far as it lives."""
    found = [root]
    for pid in found:
        found += [child for task in _tasks(pid) for child in _children(task)]
    return found


def _tasks(pid: int) -> Iterator[Path]:
    with suppress(OSError):
        yield from Path(f"/proc/{pid}/task").iterdir()


def _children(task: Path) -> list[int]:
    with suppress(OSError):
        return [int(pid) for pid in (task / "children").read_text().split()]
    return []


def _ran_ns(task: Path) -> int:
    with suppress(OSError):
        return int((task / "schedstat").read_text().split()[0])
    return 0


def _pss_kb(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0
