"""The registry's file while the process runs."""

import asyncio
import json
import os
import threading
from pathlib import Path

import pytest

from fakes.clock import StoppedClock
from fakes.entries import TERMS
from trust.coordinates import TenantId
from trust.errors import SettingsError
from trust.registry import watched
from trust.registry.file import FileRegistry, load_registry
from trust.registry.members import Terms
from trust.registry.watched import WatchedFile

ACTIVE = '[tenants.acme]\nname = "Acme"\n'
SUSPENDED = ACTIVE + "suspended = true\n"
ACME = TenantId("acme")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "registry.toml"
    file.write_text(ACTIVE)
    return file


@pytest.fixture
def file(path: Path, clock: StoppedClock) -> WatchedFile:
    return WatchedFile(path, clock, terms=TERMS)


async def suspended(file: WatchedFile) -> bool | None:
    """Return whether acme is suspended; None if it is not there."""
    tenant = await (await file.current()).tenant(ACME)
    return None if tenant is None else tenant.suspended


def write(path: Path, content: str | bytes | None, clock: StoppedClock) -> None:
    """Change the file, or take it away, and let the time pass until it is looked at again."""
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    clock.advance(1)


def exchange(path: Path, text: str) -> None:
    """Put another file in its place, of the same time of writing."""
    before = path.stat()
    other = path.with_name("other.toml")
    other.write_text(text)
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def told(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, str]]:
    lines = [json.loads(line) for line in caplog.messages if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


async def test_a_change_is_seen_within_a_second(
    file: WatchedFile, path: Path, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "gatehouse")
    assert await suspended(file) is False

    write(path, SUSPENDED, clock)

    assert await suspended(file) is True
    assert [line["file"] for line in told(caplog, "registry.reloaded")] == [str(path)]


async def test_the_file_is_looked_at_once_a_second_and_read_only_if_it_changed(
    file: WatchedFile, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Path] = []
    reads: list[Path] = []
    look = watched._sign

    def sign(path: Path) -> object:
        looks.append(path)
        return look(path)

    monkeypatch.setattr(watched, "_sign", sign)
    monkeypatch.setattr(watched, "load_registry", reads.append)
    for _ in range(40):
        await suspended(file)
        clock.advance(0.1)

    assert len(looks) == 4
    assert reads == []


async def test_the_file_is_read_beside_the_event_loop(
    file: WatchedFile, path: Path, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def read(path: Path, terms: Terms) -> FileRegistry:
        threads.append(threading.current_thread())
        return load_registry(path, terms)

    monkeypatch.setattr(watched, "load_registry", read)
    write(path, SUSPENDED, clock)
    await suspended(file)

    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


@pytest.mark.parametrize(
    "content", [b"[tenants.", b"[tenants.acme]\nsuspended = 1", b"\xff", None], ids=str
)
async def test_a_file_that_is_broken_changes_nothing_and_is_told_once(
    path: Path, clock: StoppedClock, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    write(path, SUSPENDED, clock)
    file = WatchedFile(path, clock, terms=TERMS)
    write(path, content, clock)

    for _ in range(3):
        clock.advance(1)
        assert await suspended(file) is True

    (line,) = told(caplog, "registry.stale")
    assert str(path) in line["detail"]


async def test_each_broken_change_is_told(
    file: WatchedFile, path: Path, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    for content in ("[", "[[", "[[["):
        write(path, content, clock)
        await suspended(file)

    assert len(told(caplog, "registry.stale")) == 3


async def test_a_file_that_was_put_right_counts_again(
    file: WatchedFile, path: Path, clock: StoppedClock
) -> None:
    write(path, "[", clock)
    assert await suspended(file) is False

    write(path, SUSPENDED, clock)

    assert await suspended(file) is True


async def test_a_file_of_the_same_size_and_time_is_another_one(
    file: WatchedFile, path: Path, clock: StoppedClock
) -> None:
    exchange(path, ACTIVE.replace("Acme", "Evil"))
    clock.advance(1)

    tenant = await (await file.current()).tenant(ACME)

    assert tenant is not None
    assert tenant.name == "Evil"


async def test_many_requests_at_once_look_once(
    file: WatchedFile, path: Path, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[Path] = []

    def read(path: Path, terms: Terms) -> FileRegistry:
        reads.append(path)
        return load_registry(path, terms)

    monkeypatch.setattr(watched, "load_registry", read)
    write(path, SUSPENDED, clock)

    assert await asyncio.gather(*(suspended(file) for _ in range(20))) == [True] * 20
    assert len(reads) == 1


async def test_a_file_system_that_hangs_holds_nobody_up_for_long_and_hides_no_change(
    file: WatchedFile,
    path: Path,
    clock: StoppedClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended = threading.Event()

    def hang(path: Path, terms: Terms) -> FileRegistry:
        ended.wait(10)
        return load_registry(path, terms)

    with monkeypatch.context() as patched:
        patched.setattr(watched, "LOOK_TIMEOUT_S", 0.01)
        patched.setattr(watched, "load_registry", hang)
        write(path, SUSPENDED, clock)
        async with asyncio.timeout(5):
            assert await suspended(file) is False
    ended.set()
    clock.advance(1)

    assert len(told(caplog, "registry.stale")) == 1
    assert await suspended(file) is True


def test_a_file_that_is_broken_from_the_start_is_a_fault(path: Path, clock: StoppedClock) -> None:
    path.write_text("[")

    with pytest.raises(SettingsError):
        WatchedFile(path, clock, terms=TERMS)
