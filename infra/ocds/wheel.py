"""Unpacking wheels: what is in them came from a registry, and is no more trusted than that."""

import stat
import zipfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Final

from ocds.entry import Entry, unsafe
from ocds.errors import WheelRefused

MAX_UNPACKED = 1_000_000_000
"""Bytes. More than Lambda and AgentCore take: whoever declares more is a zip bomb."""

# RECORD lists what pip installed, and the others how: true of the builder's disk, not of the zip.
_NOISE: Final = {"RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json"}

# A package's modules, which stand at the root in the end. Scripts, headers and data of the machine
# (`*.data/scripts` …) are not imported, and there is no `bin` to put them in.
_MODULES: Final = {"purelib", "platlib"}


def unpacked(name: str, wheel: bytes) -> list[Entry]:
    """Return the files of one wheel that can be imported, or read by what is.

    `name` is for messages. Raises WheelRefused for a path that leads out of the folder, a link, a
    path that comes twice, and a wheel that unpacks to more than `MAX_UNPACKED`.
    """
    try:
        with zipfile.ZipFile(BytesIO(wheel)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            if sum(info.file_size for info in members) > MAX_UNPACKED:
                raise WheelRefused(f"{name} unpacks to more than {MAX_UNPACKED // 10**6} MB")
            return _distinct(
                name, [entry for info in members for entry in _entry(name, archive, info)]
            )
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise WheelRefused(f"{name} is not a zip that can be read: {error}") from error


def merged(wheels: Iterable[tuple[str, list[Entry]]]) -> list[Entry]:
    """Return the files of all wheels. Raises WheelRefused, if two bring one path and differ.

    An installer lets the last one win, by an order of its own: the same lock, and other bytes.
    """
    brought: dict[str, tuple[str, Entry]] = {}
    for name, entries in wheels:
        for entry in entries:
            other, known = brought.setdefault(entry.path, (name, entry))
            if known != entry:
                raise WheelRefused(
                    f"{other} and {name} both bring {entry.path}, with different contents. "
                    "Lock other versions, or leave one of them out."
                )
    return [entry for _, entry in brought.values()]


def _entry(name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Entry]:
    reason = unsafe(info.filename)
    mode = info.external_attr >> 16
    if reason is None and stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        reason = "it is a link, or something else than a file"
    if reason is not None:
        raise WheelRefused(f"{name} holds {info.filename!r}, which is refused: {reason}")
    path = _installed(info.filename)
    if path is not None:
        yield Entry(path=path, data=archive.read(info), executable=bool(mode & stat.S_IXUSR))


def _installed(path: str) -> str | None:
    """Return where a member of a wheel is installed; None: it is not."""
    first, *rest = PurePosixPath(path).parts
    if first.endswith(".data"):
        return (
            "/".join(rest[1:]) if len(rest) > 1 and rest[0] in _MODULES and _wanted(rest) else None
        )
    if first.endswith(".dist-info") and len(rest) == 1 and rest[0] in _NOISE:
        return None
    return path if _wanted([first, *rest]) else None


def _wanted(parts: list[str]) -> bool:
    # Bytecode is the target's, and is made here; a builder's is neither.
    return "__pycache__" not in parts and not parts[-1].endswith(".pyc")


def _distinct(name: str, entries: list[Entry]) -> list[Entry]:
    seen: set[str] = set()
    for entry in entries:
        if entry.path in seen:
            raise WheelRefused(
                f"{name} holds {entry.path!r} twice: which one counts depends on the unpacker"
            )
        seen.add(entry.path)
    return entries
