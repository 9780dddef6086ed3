"""Files that something beside the process writes: opened so that none of them can stop us."""

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from errno import EISDIR
from pathlib import Path
from typing import BinaryIO


class SpecialFile(OSError):
    """A pipe, a device or a socket lies where a file should be."""


@contextmanager
def regular_file(path: Path, *, flags: int = 0) -> Generator[BinaryIO]:
    """Open a regular file for reading. Raises OSError, SpecialFile.

    Whoever reads it says how much at most: a file may grow without end.
    """
    # O_NONBLOCK: opening a named pipe would wait for somebody to write into it, without end, and
    # with it all that goes on in this process.
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags)
    try:
        mode = os.fstat(opened).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise SpecialFile(f"{path} is no regular file")
        with os.fdopen(opened, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(opened)
