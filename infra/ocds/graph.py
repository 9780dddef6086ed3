"""The modules of ours that an entry really imports: followed without running any."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ocds.entry import Entry
from ocds.errors import SourceRefused
from ocds.imports import Import, imports_of

Has = Callable[[str], bool]
"""Whether a module that is not ours will be there: the dependencies' or Python's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """What is packed, and what reading could not tell."""

    entries: tuple[Entry, ...]
    """By path."""

    unseen: tuple[str, ...]
    """`file:line` of imports whose name is made at run time."""

    without: tuple[str, ...]
    """`file:line: module` of what is not there, and caught."""


def closure(source: Path, starts: Sequence[str], has: Has, version: tuple[int, int]) -> Closure:
    """Return these files and the modules below `source` that they import on Python `version`.

    Raises SourceRefused, if a start is not there, if a file is not Python, if it is a link that
    leads out of `source`, and if an import finds nothing in our code, nor anywhere else (`has`).
    """
    return _Walk(source.resolve(), has, version).over(starts)


class _Walk:
    def __init__(self, source: Path, has: Has, version: tuple[int, int]) -> None:
        self._source = source
        self._has = has
        self._version = version
        self._entries: dict[str, Entry] = {}
        self._unseen: list[str] = []
        self._missing: set[str] = set()
        self._without: set[str] = set()

    def over(self, starts: Sequence[str]) -> Closure:
        waiting = [path for start in starts for path in self._with_packages(self._start(start))]
        while waiting:
            path = waiting.pop()
            if path not in self._entries:
                waiting += self._read(path)
        if self._missing:
            raise SourceRefused(
                "what is imported is neither in the code, nor in the lock, nor Python's own:\n"
                + "\n".join(f"  {line}" for line in sorted(self._missing))
                + "\nAdd it to the lock, or, where it may be missing, catch the ImportError."
            )
        entries = tuple(self._entries[path] for path in sorted(self._entries))
        return Closure(
            entries=entries,
            unseen=tuple(sorted(self._unseen)),
            without=tuple(sorted(self._without)),
        )

    def _start(self, start: str) -> str:
        path = PurePosixPath(start)
        if path.is_absolute() or ".." in path.parts:
            raise SourceRefused(f"{start} is not below the folder of the code, {self._source}")
        if path.suffix != ".py" or not (self._source / path).is_file():
            raise SourceRefused(f"{start} is no Python file below {self._source}")
        return path.as_posix()

    def _read(self, path: str) -> Iterator[str]:
        self._entries[path] = entry = Entry(path=path, data=self._bytes(path))
        stem = PurePosixPath(path).with_suffix("")
        package = stem.name == "__init__"
        parts = stem.parts[:-1] if package else stem.parts
        try:
            imports = imports_of(entry.data, ".".join(parts), self._version, package=package)
        except (SyntaxError, ValueError) as error:
            builder = ".".join(map(str, sys.version_info[:2]))
            raise SourceRefused(
                f"{path} cannot be read by Python {builder}, which builds: {error}. Where it is "
                "newer than that, build with the target's Python."
            ) from error
        self._unseen += [f"{path}:{line}" for line in imports.unseen]
        for one in imports.found:
            yield from self._follow(path, one)

    def _follow(self, path: str, one: Import) -> Iterator[str]:
        files = self._files(one.module)
        if files is None:
            ours = self._files(one.module.partition(".")[0]) is not None
            if ours or not self._has(_dotted(one)):
                self._miss(path, one, one.module)
            return
        yield from files
        if one.name:
            submodule = self._files(_dotted(one))
            if submodule is None and self._offers_nothing(files):
                self._miss(path, one, _dotted(one))
            yield from submodule or ()

    def _miss(self, path: str, one: Import, module: str) -> None:
        (self._without if one.optional else self._missing).add(f"{path}:{one.line}: {module}")

    def _files(self, module: str) -> list[str] | None:
        """Return a module's file, after those of the packages it is in; None, if it is not ours.

        A package without an `__init__` is ours by the Python below it, and has no file of its own.
        """
        base = PurePosixPath(*module.split("."))
        for candidate in (base / "__init__.py", base.with_name(f"{base.name}.py")):
            if (self._source / candidate).is_file():
                return list(self._with_packages(candidate.as_posix()))
        if (self._source / base).is_dir() and self._holds_python(base):
            return list(self._packages(base / "any.py"))
        return None

    def _offers_nothing(self, files: list[str]) -> bool:
        """Whether a package has no attribute: what is taken from it has to be a submodule."""
        return all(
            path.endswith("__init__.py") and not self._bytes(path).strip() for path in files[-1:]
        )

    def _holds_python(self, folder: PurePosixPath) -> bool:
        return any((self._source / folder).rglob("*.py"))

    def _with_packages(self, path: str) -> Iterator[str]:
        yield from self._packages(PurePosixPath(path))
        yield path

    def _packages(self, path: PurePosixPath) -> Iterator[str]:
        for folder in reversed(path.parents[:-1]):
            if (self._source / folder / "__init__.py").is_file():
                yield (folder / "__init__.py").as_posix()

    def _bytes(self, path: str) -> bytes:
        file = (self._source / path).resolve()
        if not file.is_relative_to(self._source):
            raise SourceRefused(f"{path} is a link that leads out of {self._source}: to {file}")
        return file.read_bytes()


def _dotted(one: Import) -> str:
    return f"{one.module}.{one.name}" if one.name else one.module


def importable(paths: Iterable[str], root: str) -> Has:
    """Return who tells whether a module is among files such as a layer's, below `root`."""
    modules: set[str] = set()
    packages: set[str] = set()
    for path in paths:
        if path.startswith(root):
            _learn(PurePosixPath(path[len(root) :]), modules, packages)

    def has(module: str) -> bool:
        """Go down to the first module that runs code: what it offers below is its own affair."""
        parts = module.split(".")
        for length in range(1, len(parts) + 1):
            name = ".".join(parts[:length])
            if name in modules:
                return True
            if name not in packages:
                return False
        return True

    return has


def _learn(path: PurePosixPath, modules: set[str], packages: set[str]) -> None:
    name = path.name.partition(".")[0]
    if path.suffix in {".py", ".so", ".pyc"}:
        modules.add(".".join(path.parts[:-1] if name == "__init__" else (*path.parts[:-1], name)))
        packages.update(".".join(folder.parts) for folder in path.parents[:-1])
