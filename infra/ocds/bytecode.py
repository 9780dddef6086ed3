"""Bytecode of the target's Python, made by an interpreter of that version.

Without it a function compiles its modules at every cold start, for it cannot write beside them: 2.2
to 2.7 times the time to import. Another version's bytecode would be ignored.
"""

import json
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocds.archive import unzipped, zipped
from ocds.entry import Entry
from ocds.errors import CompilerFailed

_ROOT = Path(__file__).parents[1]
_TIMEOUT = 600.0
"""Seconds for all modules of one stage."""

_ASKED = (
    "import sys; i = sys.implementation; v = sys.version_info; "
    "print(i.name, v.releaselevel, '%d.%d' % v[:2], '%d.%d.%d' % v[:3])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """An interpreter that was asked who it is."""

    path: str
    version: str
    """With its patch release: two of them may compile one module differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What became of a stage's modules."""

    entries: list[Entry]
    failed: dict[str, str]
    """Path to reason: templates and test data of a package need not be Python of this version."""


def compiler_for(python: str, given: Mapping[str, str], folders: Sequence[Path]) -> Compiler:
    """Return an interpreter of a version such as `3.13`.

    `given` names one by version, and then nobody else is asked; `folders` are where to look: the
    PATH and the versions of pyenv and uv. Raises CompilerFailed, if there is none.
    """
    candidates = [given[python]] if python in given else _candidates(python, folders)
    for path in candidates:
        version = _version(path, python)
        if version is not None:
            return Compiler(path=path, version=version)
    asked = f" Asked: {', '.join(candidates)}." if candidates else ""
    raise CompilerFailed(
        f"there is no CPython {python} here to compile for the target with.{asked} Install it, "
        f"name one by --python-for {python}=PATH, or go without by --no-bytecode: cold starts then "
        "take more than twice as long."
    )


def compiled(entries: Iterable[Entry], compiler: Compiler, root: str, *, sources: bool) -> Compiled:
    """Return the bytecode of the modules among these files, which will be run from below `root`.

    With `sources` it stands beside them, else in their place. Raises CompilerFailed.
    """
    modules = [entry for entry in entries if entry.path.endswith(".py")]
    with tempfile.TemporaryDirectory() as scratch:
        before, after = Path(scratch) / "sources.zip", Path(scratch) / "compiled.zip"
        before.write_bytes(zipped(modules))
        where = "beside" if sources else "instead"
        _run(compiler, [str(before), str(after), root, where], scratch)
        try:
            found = unzipped(after.read_bytes())
        except (OSError, zipfile.BadZipFile) as error:
            raise CompilerFailed(f"{compiler.path} left no bytecode behind: {error}") from error
    report = next(entry for entry in found if entry.path == "failed.json")
    return Compiled(
        entries=[entry for entry in found if entry is not report], failed=json.loads(report.data)
    )


def _candidates(python: str, folders: Sequence[Path]) -> list[str]:
    return [str(path) for folder in folders for path in _interpreters(folder, f"python{python}")]


def _interpreters(folder: Path, name: str) -> Iterator[Path]:
    """Yield the folder's own, and those of the versions that pyenv or uv keep below it."""
    for path in (folder / name, *sorted(folder.glob(f"*/bin/{name}"), reverse=True)):
        if path.is_file():
            yield path


def _version(path: str, python: str) -> str | None:
    """Return an interpreter's full version, if it is a released CPython of the one wanted."""
    try:
        done = subprocess.run(  # noqa: S603 whoever runs the build named the interpreter
            [path, "-I", "-S", "-c", _ASKED],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match done.stdout.split():
        # Before its release, a version's bytecode changes without its number.
        case ["cpython", "final", minor, full] if minor == python and done.returncode == 0:
            return full
        case _:
            return None


def _run(compiler: Compiler, arguments: list[str], folder: str) -> None:
    # No site, no user's packages, nothing of the environment: two builders, the same interpreter.
    # It looks for modules where it is started, too: so it is started where there are none.
    options = ["-s", "-S", "-B", "-W", "ignore", "-m", "ocds.there.compile_all"]
    command = [compiler.path, *options, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 no shell
            command,
            cwd=folder,
            env={"PYTHONHASHSEED": "0", "PYTHONPATH": str(_ROOT)},
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CompilerFailed(f"{compiler.path} did not compile: {error}") from error
    if done.returncode != 0:
        raise CompilerFailed(f"{compiler.path} did not compile:\n{done.stderr[-2000:]}")
