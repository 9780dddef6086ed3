"""The file that spiffe-helper writes, and what somebody may put in its place."""

import asyncio
import os
from pathlib import Path

import pytest

from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.spiffe.identity import LONGEST_CHARS
from trust.secrets.spiffe.jwt_file import JwtFile


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return where the file is, in a folder of its own."""
    folder = tmp_path / "svid"
    folder.mkdir()
    return folder / "jwt_svid.token"


def read(place: Path) -> str:
    return asyncio.run(JwtFile(place).token("vault")).reveal()


def test_what_stands_in_the_file_is_read_anew_each_time(place: Path) -> None:
    file = JwtFile(place)
    place.write_text("a.b.c\n")
    assert asyncio.run(file.token("vault")).reveal() == "a.b.c"

    place.write_text("d.e.f")

    assert asyncio.run(file.token("vault")).reveal() == "d.e.f"
    asyncio.run(file.close())


def test_links_within_the_folder_are_how_kubernetes_replaces_files(place: Path) -> None:
    version = place.parent / "..2096"
    version.mkdir()
    (version / place.name).write_text("a.b.c")
    (place.parent / "..data").symlink_to(version.name)
    place.symlink_to(Path("..data") / place.name)

    assert read(place) == "a.b.c"


def test_a_link_that_leads_out_of_the_folder_is_refused(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "of-another-program"
    other.write_text("a.b.c")
    place.symlink_to(other)

    with pytest.raises(SecretRefused, match="leads out of its folder"):
        read(place)


def test_a_file_that_takes_the_place_of_the_link_s_target_is_not_followed(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "of-another-program"
    other.write_text("a.b.c")
    place.symlink_to(other)
    # As if it had been a file when it was looked at.
    monkeypatch.setattr(JwtFile, "_target", lambda self: self._path)

    with pytest.raises(SecretOutage):
        read(place)


def test_a_huge_file_is_refused_without_reading_it_all(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(1 << 40)

    with pytest.raises(SecretRefused, match="too long"):
        read(place)


def test_the_longest_file_is_read(place: Path) -> None:
    place.write_text("x" * LONGEST_CHARS)

    assert len(read(place)) == LONGEST_CHARS


def test_a_named_pipe_is_refused_and_not_waited_for(place: Path) -> None:
    os.mkfifo(place)

    with pytest.raises(SecretRefused, match="no regular file"):
        read(place)


def test_a_file_that_anybody_may_write_is_refused(place: Path) -> None:
    place.write_text("a.b.c")
    place.chmod(0o666)

    with pytest.raises(SecretRefused, match="chmod o-w"):
        read(place)


def test_a_file_that_is_not_there_is_waited_for(place: Path) -> None:
    with pytest.raises(SecretOutage, match="FileNotFoundError"):
        read(place)


def test_a_link_that_leads_to_itself_is_waited_out(place: Path) -> None:
    place.symlink_to(place.name)

    with pytest.raises(SecretOutage):
        read(place)


def test_what_is_no_text_does_not_break_the_reading(place: Path) -> None:
    place.write_bytes(b"\xff\xfe\x00")

    assert "." not in read(place)
