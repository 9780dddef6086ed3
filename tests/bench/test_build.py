"""By which Python Gatehouse is measured."""

import platform
import sys
from pathlib import Path

import pytest

from bench import build


def test_without_debians_python_the_one_of_set_up_is_measured_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "OF_DEBIAN", (Path("/nowhere/python3"),))
    said: list[str] = []

    found = build.chosen(said.append)

    title = f"by CPython {platform.python_version()}, the Python of set-up"
    assert found == build.Build(title=title, python=sys.executable)
    assert said == [
        "no Python of Debian's that is 3.11 or newer, with our packages: measured by that of set-up"
    ]


def test_a_python_of_debians_that_cannot_have_our_packages_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It starts, says that it is new enough, and makes no environment."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\ntest "$1" = -c\n')
    python.chmod(0o755)
    monkeypatch.setattr(build, "OF_DEBIAN", (python,))

    assert build.chosen(lambda _: None).python == sys.executable


def test_packages_that_are_there_are_not_installed_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lock = tmp_path / "bff.txt"
    lock.write_text("a==1\n")
    title = f"by CPython {platform.python_version()} of Debian's"
    made = tmp_path / "venv" / "installed"
    made.parent.mkdir()
    made.write_text(f"{title}\n{lock.read_text()}")
    monkeypatch.setattr(build, "OF_DEBIAN", (Path(sys.executable),))
    monkeypatch.setattr(build, "_BENCH", tmp_path)
    monkeypatch.setattr(build, "_LOCK", lock)
    said: list[str] = []

    found = build.chosen(said.append)

    assert found == build.Build(title=title, python=str(tmp_path / "venv" / "bin" / "python"))
    assert said == []
