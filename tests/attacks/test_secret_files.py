"""Files that are none: whoever may write into a folder of ours must not stop us by it."""

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SecretUnavailable
from trust.secrets.spiffe.jwt_file import JwtFile
from trust.secrets.static import FileSource
from trust.secrets.vault.login.line import line_in

ENOUGH_S = 2.0
_LINE = re.compile("[a-z]+")


def _by_reference(path: Path) -> Secret:
    place = Reference(scheme=Scheme.FILE, path=str(path))
    return asyncio.run(FileSource().fetch(place, None)).value


def _by_line(path: Path) -> Secret:
    return line_in(path, _LINE, "a word")


def _by_identity(path: Path) -> Secret:
    return asyncio.run(JwtFile(path).token("vault"))


READERS = pytest.mark.parametrize("read", [_by_reference, _by_line, _by_identity])


def _outcome(read: Callable[[Path], Secret], path: Path) -> str:
    """Return what came of reading, in a thread that may be left behind."""
    said: list[str] = ["hangs"]

    def run() -> None:
        try:
            said[0] = read(path).reveal()
        except SecretUnavailable:
            said[0] = "unavailable"

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(ENOUGH_S)
    return said[0]


@READERS
def test_a_file_is_read(read: Callable[[Path], Secret], tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("word\n", encoding="utf-8")

    assert _outcome(read, file) == "word"


@READERS
def test_a_named_pipe_keeps_nobody_waiting(read: Callable[[Path], Secret], tmp_path: Path) -> None:
    """Nobody ever writes into it: opened as files usually are, it stops the whole process."""
    pipe = tmp_path / "secret"
    os.mkfifo(pipe)
    try:
        assert _outcome(read, pipe) == "unavailable"
    finally:
        # Lets whoever waits for a writer go.
        os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))


@READERS
def test_a_device_is_no_file(read: Callable[[Path], Secret]) -> None:
    assert _outcome(read, Path("/dev/null")) == "unavailable"


@READERS
def test_a_folder_is_no_file(read: Callable[[Path], Secret], tmp_path: Path) -> None:
    assert _outcome(read, tmp_path) == "unavailable"


@READERS
def test_a_link_in_a_circle_is_no_file(read: Callable[[Path], Secret], tmp_path: Path) -> None:
    link = tmp_path / "secret"
    link.symlink_to(link)

    assert _outcome(read, link) == "unavailable"


@READERS
def test_a_file_without_end_is_not_read_to_its_end(
    read: Callable[[Path], Secret], tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    with file.open("wb") as opened:
        # A hole: it takes no place on the disk.
        opened.truncate(64 * 1024 * 1024)

    assert _outcome(read, file) == "unavailable"
