"""What was built before is used again only as it was written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ocds.cache import Cache


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def cache(tmp_path: Path, said: list[str]) -> Cache:
    return Cache(tmp_path / "cache", said.append)


def test_what_was_put_is_got(cache: Cache) -> None:
    assert cache.get("key") is None
    cache.put("key", {"stage.zip": b"1", "stage.json": b"2"})

    assert cache.get("key") == {"stage.zip": b"1", "stage.json": b"2"}


def test_a_folder_is_made_that_only_its_owner_reaches(cache: Cache, tmp_path: Path) -> None:
    cache.put("key", {"stage.zip": b"1"})

    assert (tmp_path / "cache").stat().st_mode & 0o077 == 0
    assert (tmp_path / "cache" / "key").stat().st_mode & 0o077 == 0


def _replace(place: Path) -> None:
    (place / "stage.zip").write_bytes(b"something else")


def _remove(place: Path) -> None:
    (place / "stage.zip").unlink()


def _no_manifest(place: Path) -> None:
    (place / "manifest.json").unlink()


def _half_a_manifest(place: Path) -> None:
    (place / "manifest.json").write_text('{"stage.zip": ')


def _another_manifest(place: Path) -> None:
    (place / "manifest.json").write_text("7")


@pytest.mark.parametrize(
    "change", [_replace, _remove, _no_manifest, _half_a_manifest, _another_manifest]
)
def test_what_has_changed_is_thrown_away_and_said(
    change: Callable[[Path], None], cache: Cache, said: list[str], tmp_path: Path
) -> None:
    cache.put("key", {"stage.zip": b"1"})
    change(tmp_path / "cache" / "key")

    assert cache.get("key") is None
    assert not (tmp_path / "cache" / "key").exists()
    assert "is not as it was written" in said[0]
    cache.put("key", {"stage.zip": b"1"})
    assert cache.get("key") == {"stage.zip": b"1"}


def test_of_two_builds_at_once_the_first_stays(cache: Cache, tmp_path: Path) -> None:
    cache.put("key", {"stage.zip": b"1"})
    cache.put("key", {"stage.zip": b"2"})

    assert cache.get("key") == {"stage.zip": b"1"}
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["key"]


def test_a_build_that_cannot_be_kept_is_an_error_and_leaves_nothing(
    cache: Cache, tmp_path: Path
) -> None:
    cache.put("key", {})

    with pytest.raises(FileNotFoundError):
        cache.put("key/of/nobody", {"stage.zip": b"1"})
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["key"]
