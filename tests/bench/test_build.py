"""By which Python Gatehouse is measured."""

import sys
from pathlib import Path

import pytest

from bench import build


def test_without_debians_python_the_one_of_set_up_is_measured_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(build, "DEBIAN_PYTHON", Path("/nowhere/python3"))
    said: list[str] = []

    found = build.chosen(said.append)

    assert found == build.Build(title="by the Python of set-up", python=sys.executable)
    assert said == [
        "no /nowhere/python3 of 3.11 or newer with venv: measured by the Python of set-up"
    ]
