"""The machine and the versions that the figures belong to."""

import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

_PACKAGES = ("uvicorn", "uvloop", "httptools", "starlette", "cryptography", "httpx", "boto3")
_PROGRAMS = {
    "nginx": ("nginx", "-v"),
    "apache": ("apache2", "-v"),
    "wrk": ("wrk", "-v"),
    "node": ("node", "--version"),
}
_NODE_PACKAGES = ("express", "express-openid-connect", "http-proxy-middleware")
_FIRST_LINE_CHARS = 80


def machine(peer: Path) -> dict[str, str]:
    """Return what a reader needs to judge the figures; `peer` is the folder of the Node peer."""
    return {
        "CPU": _cpu(),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        **dict(_programs()),
        **_debian("libapache2-mod-auth-openidc"),
        **dict(_node(peer)),
        **{name: importlib.metadata.version(name) for name in _PACKAGES},
    }


def load_average() -> float:
    """Return how many programs wanted to run in the last minute: others' work makes noise."""
    return os.getloadavg()[0]


def _cpu() -> str:
    with Path("/proc/cpuinfo").open() as lines:
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _programs() -> Iterator[tuple[str, str]]:
    for name, argv in _PROGRAMS.items():
        said = _said(*argv)
        yield name, said.splitlines()[0].strip()[:_FIRST_LINE_CHARS] if said else "missing"


def _debian(package: str) -> dict[str, str]:
    said = _said("dpkg-query", "--showformat=${Version}", "--show", package)
    return {package: said.strip() or "unknown"}


def _node(peer: Path) -> Iterator[tuple[str, str]]:
    for name in _NODE_PACKAGES:
        described = peer / "node_modules" / name / "package.json"
        yield (
            name,
            json.loads(described.read_text())["version"] if described.exists() else "missing",
        )


def _said(*argv: str) -> str:
    path = shutil.which(argv[0], path=f"{os.defpath}:/usr/sbin:/usr/local/bin")
    if path is None:
        return ""
    done = subprocess.run(  # noqa: S603 asks a program for its version
        [path, *argv[1:]], capture_output=True, text=True, check=False, timeout=10
    )
    return done.stdout or done.stderr
