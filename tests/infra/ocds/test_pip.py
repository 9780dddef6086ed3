"""Pip brings the lock's wheels for the target, or the build ends with the reason."""

import tarfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest

from ocds import pip
from ocds.errors import ResolverFailed
from ocds.lock import pins_of
from ocds.pip import fetch
from ocds.target import Target

Wheel = Callable[..., str]


def fetched(lock: str, target: Target) -> list[str]:
    return [name for name, _ in fetch(pins_of(lock, target.environment), target)]


def test_the_targets_wheels_are_taken_and_of_two_the_one_for_the_older_glibc(
    wheel: Wheel, lambda_target: Target
) -> None:
    for tag in ("cp313-cp313-manylinux_2_34_aarch64", "cp313-cp313-manylinux_2_17_x86_64"):
        wheel("fast", {"fast/__init__.py": tag}, tag=tag)
    old = wheel("fast", {"fast/__init__.py": ""}, tag="cp313-cp313-manylinux_2_17_aarch64")
    new = wheel("fast", {"fast/__init__.py": "2"}, tag="cp313-cp313-manylinux_2_28_aarch64")
    both = old.strip() + " " + new.partition(" ")[2]
    other = wheel("plain", {"plain.py": ""}, marker="sys_platform == 'linux'")
    not_there = wheel("windows", {"windows.py": ""}, marker="sys_platform == 'win32'")

    assert fetched(both + other + not_there, lambda_target) == [
        "fast-1.0-cp313-cp313-manylinux_2_17_aarch64.whl",
        "plain-1.0-py3-none-any.whl",
    ]


def test_nothing_is_asked_for_an_empty_lock(lambda_target: Target) -> None:
    assert fetched("# nothing\n", lambda_target) == []


def test_a_wheel_with_another_hash_is_refused(wheel: Wheel, lambda_target: Target) -> None:
    lock = wheel("one", {"one.py": "good"})
    wheel("one", {"one.py": "replaced"})

    with pytest.raises(ResolverFailed, match=r"its hash is another(.|\n)*one"):
        fetched(lock, lambda_target)


def test_a_package_without_a_wheel_for_the_target_is_refused_by_name(
    wheel: Wheel, index: Path, lambda_target: Target
) -> None:
    with tarfile.open(index / "source_only-1.0.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("source_only-1.0/PKG-INFO")
        archive.addfile(info, BytesIO())
    digest = sha256((index / "source_only-1.0.tar.gz").read_bytes()).hexdigest()
    lock = f"source-only==1.0 --hash=sha256:{digest}\n"

    with pytest.raises(
        ResolverFailed, match=r"no wheel of source-only for aarch64 and Python 3\.13"
    ):
        fetched(lock, lambda_target)


def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put another program in the place of the interpreter that runs pip."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr("ocds.pip.sys.executable", str(program))


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo No module named pip >&2; exit 1", "pip failed:\nNo module named pip"),
        ("exit 0", "brought no wheel of one 1.0"),
        (
            'while [ "$1" != --dest ]; do shift; done; echo x > "$2/one-1.0-py3-none-any.whl"',
            "one-1.0-py3-none-any.whl is not what the lock has",
        ),
    ],
)
def test_what_pip_did_is_not_believed(
    script: str,
    said: str,
    lambda_target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted(tmp_path, monkeypatch, script)

    with pytest.raises(ResolverFailed, match=said):
        fetched("one==1.0 --hash=sha256:" + "a" * 64, lambda_target)


def test_a_pip_that_does_not_come_to_an_end_is_given_up(
    lambda_target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(tmp_path, monkeypatch, "exec tail -f /dev/null")
    monkeypatch.setattr(pip, "_TIMEOUT", 0.05)

    with pytest.raises(ResolverFailed, match="not done after"):
        fetched("one==1.0 --hash=sha256:" + "a" * 64, lambda_target)
