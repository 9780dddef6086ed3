"""A step of the set-up: done once, and again when what it was made from has changed."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is made, from what, and how."""

    name: str
    inputs: Callable[[], str]
    """The content hash of everything that the result depends on."""
    ready: Callable[[], bool]
    """Whether the result of an earlier run is still there."""
    make: Callable[[], None]
    """Does the work. Raises SetupFailed."""
    after: tuple[str, ...] = ()
    """Steps whose running makes this one run too."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """The input hashes of the steps that came to their end, one small file each."""

    folder: Path

    def holds(self, step: Step, digest: str) -> bool:
        """Return whether the step was done with these inputs and its results are still there."""
        try:
            stamped = self._path(step).read_text()
        except FileNotFoundError:
            return False
        return stamped == digest and step.ready()

    def put(self, step: Step, digest: str) -> None:
        """Remember that the step is done."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._path(step).write_text(digest)

    def drop(self, step: Step) -> None:
        """Forget the step: whatever interrupts us from here on, it will run again."""
        self._path(step).unlink(missing_ok=True)

    def _path(self, step: Step) -> Path:
        return self.folder / step.name.replace(" ", "-")


def due(steps: Sequence[Step], stamps: Stamps) -> Iterator[tuple[Step, str]]:
    """Yield each step that has to run, with the digest to stamp it with once it is done."""
    for step in steps:
        # Taken before the work: an input edited meanwhile makes the step run again.
        digest = step.inputs()
        if stamps.holds(step, digest):
            continue
        # What builds on it loses its stamp now, so that it runs even if we are stopped in between.
        for later in steps:
            if later is step or step.name in later.after:
                stamps.drop(later)
        yield step, digest


def digest_of(*facts: str, files: Iterable[Path] = ()) -> str:
    """Return one hash of some facts and of the names and contents of some files."""
    whole = hashlib.sha256()
    for part in (*facts, *(f"{file}\0{_content(file)}" for file in sorted(files))):
        # The length first, so that no two lists of parts read the same.
        whole.update(f"{len(part)}:{part}".encode())
    return whole.hexdigest()


def tree(folder: Path, *, without: frozenset[str]) -> list[Path]:
    """Return the files below a folder, leaving out folders of these names."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in without]
        found += [Path(parent, name) for name in names]
    return found


def _content(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        return "absent"
