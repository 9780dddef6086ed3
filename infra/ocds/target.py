"""What a package is built for: the processor, the Python, and who unpacks it where."""

import sys
from dataclasses import dataclass
from enum import StrEnum


class Layout(StrEnum):
    """Who unpacks the package."""

    LAMBDA = "lambda"
    """A layer below /opt and the code below /var/task."""

    RUNTIME = "runtime"
    """AgentCore's direct code deployment: one zip of both, below /var/task."""


class Architecture(StrEnum):
    """The processors of Lambda, by Lambda's own names. AgentCore has arm64 only."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


PYTHONS = {
    Layout.LAMBDA: ("3.12", "3.13"),
    Layout.RUNTIME: ("3.10", "3.11", "3.12", "3.13", "3.14"),
}
"""The versions that a package may be built for."""

_OLDEST_MANYLINUX = 17
# Lambda's Python 3.12 and newer run on Amazon Linux 2023, whose glibc is 2.34. What AgentCore's
# direct code deployment runs on is not documented: its guide builds for manylinux2014 (2.17). 2.28
# is what the large packages (NumPy among them) ask for today, and what every supported Linux has.
_GLIBC_MINOR = {Layout.LAMBDA: 34, Layout.RUNTIME: 28}

_REMOVED = {
    (3, 12): "asynchat asyncore distutils imp smtpd",
    (3, 13): "aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib "
    "ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib",
}
_ADDED = {(3, 11): "tomllib", (3, 14): "annotationlib compression"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One platform, as pip, markers and the compiler have to see it."""

    layout: Layout
    architecture: Architecture
    python: str

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor, as numbers."""
        major, minor = self.python.split(".")
        return int(major), int(minor)

    @property
    def machine(self) -> str:
        """The processor by Linux's name."""
        return "aarch64" if self.architecture is Architecture.ARM64 else "x86_64"

    @property
    def abi(self) -> str:
        """The ABI's tag. It is told to pip, which else adds the builder's own flags to it."""
        return f"cp{self.python.replace('.', '')}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags that the target runs, from the least that a wheel asks for to the most.

        Pip takes the first that there is: of two wheels, the one for the older glibc.
        """
        newest = _GLIBC_MINOR[self.layout]
        minors = range(_OLDEST_MANYLINUX, newest + 1)
        return (
            f"manylinux2014_{self.machine}",
            *(f"manylinux_2_{minor}_{self.machine}" for minor in minors),
        )

    @property
    def dependencies_root(self) -> str:
        """Where dependencies stand in their zip: Lambda looks for them in a layer's `python/`."""
        return "python/" if self.layout is Layout.LAMBDA else ""

    @property
    def unpacked_at(self) -> tuple[str, str]:
        """Where the zips of dependencies and code are unpacked there."""
        return ("/opt/" if self.layout is Layout.LAMBDA else "/var/task/"), "/var/task/"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of environment markers (PEP 508), but those that name a patch release."""
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_version": self.python,
            "sys_platform": "linux",
            "extra": "",
        }

    @property
    def standard_library(self) -> frozenset[str]:
        """The names of the target's own modules, reckoned from the builder's."""
        removed = {
            name for at, names in _REMOVED.items() if at <= self.version for name in names.split()
        }
        added = {
            name for at, names in _ADDED.items() if at <= self.version for name in names.split()
        }
        later = {
            name for at, names in _ADDED.items() if at > self.version for name in names.split()
        }
        # What the builder's Python has lost and the target's still has.
        kept = {
            name for at, names in _REMOVED.items() if at > self.version for name in names.split()
        }
        return frozenset((set(sys.stdlib_module_names) | added | kept) - removed - later)
