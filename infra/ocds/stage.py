"""One stage of a package, and the rules that both are made by."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath

from ocds.bytecode import Compiler, compiled
from ocds.entry import Entry

FORMAT = 1
"""Of what is packed. Whoever changes how the same input is packed raises it, for the caches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How modules are shipped."""

    compiler: Compiler | None
    """None: without bytecode."""

    sources: bool = True
    """Whether sources are shipped beside bytecode. Without them, tracebacks show no lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The files of one stage, as they stand in its zip."""

    entries: list[Entry]
    packages: dict[str, int] = field(default_factory=dict[str, int])
    """Bytes unpacked, by what brought them."""

    uncompiled: dict[str, str] = field(default_factory=dict[str, str])
    """Modules without bytecode, and why."""

    @property
    def size(self) -> int:
        """Bytes unpacked."""
        return sum(len(entry.data) for entry in self.entries)


def shipped(
    entries: list[Entry], rules: Rules, unpacked_at: str
) -> tuple[list[Entry], dict[str, str]]:
    """Return the files with bytecode, and what could not be compiled. Raises CompilerFailed."""
    if rules.compiler is None:
        return entries, {}
    made = compiled(entries, rules.compiler, unpacked_at, sources=rules.sources)
    kept = [
        entry
        for entry in entries
        if rules.sources or not _module(entry) or entry.path in made.failed
    ]
    return [*kept, *made.entries], made.failed


def source_of(path: str) -> str:
    """Return the path of the module that a file is the bytecode of; of any other file, its own."""
    if not path.endswith(".pyc"):
        return path
    pure = PurePosixPath(path)
    if pure.parent.name != "__pycache__":
        return path[:-1]
    return (pure.parent.parent / f"{pure.name.split('.')[0]}.py").as_posix()


def digest(data: bytes) -> str:
    """Return the SHA-256, in hex."""
    return sha256(data).hexdigest()


def _module(entry: Entry) -> bool:
    return entry.path.endswith(".py")
