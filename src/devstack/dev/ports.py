"""Which ports are free, and who has those that are not."""

import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_LISTEN = "0A"
"""The state of a listening socket in /proc/net/tcp (proc_pid_net(5))."""


_FIRST, _BEHIND = 20_000, 32_000
"""Where ports are looked for: below those that a system gives to outgoing connections, or one of
these may have the port before its server is there to take it."""


def free_ports(count: int) -> tuple[int, ...]:
    """Return different ports that nobody has just now."""
    found: set[int] = set()
    while len(found) < count:
        # By chance, and not in order: others look for ports at the same moment.
        port = _FIRST + secrets.randbelow(_BEHIND - _FIRST)
        if not in_use(port):
            found.add(port)
    return tuple(found)


def free_port() -> int:
    """Return a port that nobody has just now."""
    return free_ports(1)[0]


def complaints(ports: Iterable[tuple[str, int]]) -> list[str]:
    """Return one line for each (owner's option, port) pair whose port cannot be had."""
    lines: list[str] = []
    for option, port in ports:
        if in_use(port):
            by = holder(port)
            whom = f" by {by}" if by else ""
            lines.append(f"port {port} is in use{whom}: stop that, or choose another ({option} N)")
    return lines


def in_use(port: int) -> bool:
    """Return whether somebody listens on the port of this machine, or it is not ours to take."""
    if any(_accepts(family, host, port) for family, host in _LOOPBACKS):
        return True
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
            # As servers do, so that connections of the last start in TIME_WAIT do not count.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("127.0.0.1", port))
    except OSError:
        return True
    return False


_LOOPBACKS = (
    (socket.AF_INET, "127.0.0.1"),
    # A browser may try `localhost` here first: whoever listens there would get our visitors.
    (socket.AF_INET6, "::1"),
)


def _accepts(family: socket.AddressFamily, host: str, port: int) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.settimeout(0.5)
            return trial.connect_ex((host, port)) == 0
    except OSError:
        return False


def holder(port: int, proc: Path = Path("/proc")) -> str | None:
    """Return who listens on the port, as `name (pid 4711)`, or None where we cannot tell."""
    inodes = {f"socket:[{inode}]" for inode in _listening_inodes(port, proc)}
    if inodes:
        for pid in sorted(entry for entry in proc.iterdir() if entry.name.isdigit()):
            if not inodes.isdisjoint(_open_files(pid)):
                name = (pid / "comm").read_text().strip()
                return f"{name} (pid {pid.name})"
        return None
    return _holder_by_lsof(port)


def _listening_inodes(port: int, proc: Path) -> set[str]:
    inodes: set[str] = set()
    for table in (proc / "net" / "tcp", proc / "net" / "tcp6"):
        with suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(fields[9])
    return inodes


def _open_files(pid: Path) -> set[str]:
    names: set[str] = set()
    with suppress(OSError):  # another user's process, or one that has just ended
        for link in (pid / "fd").iterdir():
            with suppress(OSError):
                names.add(str(link.readlink()))
    return names


def _holder_by_lsof(port: int) -> str | None:
    lsof = shutil.which("lsof")
    if lsof is None:
        return None
    argv = [lsof, "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"]
    try:
        answer = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603 lsof of this machine
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = {line[0]: line[1:] for line in answer.stdout.splitlines() if line}
    return f"{said['c']} (pid {said['p']})" if {"c", "p"} <= said.keys() else None
