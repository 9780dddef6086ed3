"""Zips whose bytes follow from their contents alone.

Names are sorted, times and modes fixed, and nothing is said of who built it and where. The members
are *stored*, not compressed: what zlib makes of the same bytes is another thing with zlib, zlib-ng
and Apple's zlib, and Python takes whichever its machine has. Lambda's limit is on what is unpacked,
so nothing is lost by it but time to upload, once per lock.
"""

import zipfile
import zlib
from collections.abc import Iterable
from enum import StrEnum
from io import BytesIO

from ocds.entry import Entry
from ocds.errors import SourceRefused

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold."""

_UNIX = 3
_REGULAR = 0o100000
_LEVEL = 6


class Compression(StrEnum):
    """How members are kept."""

    STORED = "stored"
    """The same bytes on every machine."""

    DEFLATE = "deflate"
    """Less than half the size, and the same bytes only with the same zlib (`zlib_of`)."""


def zipped(entries: Iterable[Entry], compression: Compression = Compression.STORED) -> bytes:
    """Return a zip of these files. Raises SourceRefused, if two have one path."""
    out = BytesIO()
    method = zipfile.ZIP_STORED if compression is Compression.STORED else zipfile.ZIP_DEFLATED
    last = ""
    with zipfile.ZipFile(out, "w", method, compresslevel=_LEVEL) as archive:
        for entry in sorted(entries, key=_path):
            if entry.path == last:
                raise SourceRefused(
                    f"two files of the package have the path {last}: rename one of them"
                )
            last = entry.path
            archive.writestr(_member(entry, method), entry.data)
    return out.getvalue()


def unzipped(data: bytes) -> list[Entry]:
    """Return the files of a zip that `zipped` made."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return [
            Entry(
                path=info.filename,
                data=archive.read(info),
                executable=bool(info.external_attr >> 16 & 0o100),
            )
            for info in archive.infolist()
        ]


def zlib_of(compression: Compression) -> str:
    """Return which zlib the bytes depend on, or "" for none."""
    return "" if compression is Compression.STORED else zlib.ZLIB_RUNTIME_VERSION


def _path(entry: Entry) -> str:
    return entry.path


def _member(entry: Entry, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(entry.path, _EPOCH)
    info.compress_type = method
    info.create_system = _UNIX  # else it is the builder's
    # Lambda runs the code as another user than the one that unpacks it: everybody has to read it.
    info.external_attr = (_REGULAR | (0o755 if entry.executable else 0o644)) << 16
    return info
