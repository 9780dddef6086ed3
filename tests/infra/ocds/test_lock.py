"""A lock is exact versions with SHA-256 hashes, or it is refused."""

from pathlib import Path

import pytest

from ocds.errors import LockRefused
from ocds.lock import pins_of
from ocds.target import Target

ROOT = Path(__file__).parents[3]
HASH = "--hash=sha256:" + "a" * 64
OTHER = "--hash=sha256:" + "b" * 64


@pytest.mark.parametrize("name", ["authorizer", "stream", "json"])
def test_each_functions_lock_is_read_whole(name: str, lambda_target: Target) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")

    assert len(pins_of(text, lambda_target.environment)) == text.count("==") - text.count("' ==")


def test_what_a_marker_leaves_out_on_the_target_is_left_out(lambda_target: Target) -> None:
    text = f"one==1 ; sys_platform == 'darwin' {HASH}\ntwo==2;python_version>='3.9' {HASH}\n"

    assert [pin.name for pin in pins_of(text, lambda_target.environment)] == ["two"]


def test_names_are_normal_and_hashes_are_all_kept(lambda_target: Target) -> None:
    text = f"# a comment\nZope.Interface_x[extra, more]==1.0.post1 \\\n    {OTHER} \\\n    {HASH}\n"

    (pin,) = pins_of(text, lambda_target.environment)

    assert pin.line == f"zope-interface-x==1.0.post1 {HASH} {OTHER}"


@pytest.mark.parametrize(
    "line",
    [
        "one>=1 " + HASH,
        "one==1.* " + HASH,
        "one",
        "one @ https://packages.example/one.whl " + HASH,
        "--index-url https://packages.example",
        "-r other.txt",
        "--find-links wheels",
        "./one.whl " + HASH,
    ],
)
def test_what_is_not_an_exact_version_is_refused(line: str, lambda_target: Target) -> None:
    with pytest.raises(LockRefused, match="name==version"):
        pins_of(line, lambda_target.environment)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("one==1", "has no hash of one"),
        ("one==1 --hash=md5:" + "a" * 32, "not a SHA-256"),
        ("one==1 --hash=sha256:" + "a" * 63, "not a SHA-256"),
        (f"one==1 {HASH} --hash=sha384:" + "a" * 96, "not a SHA-256"),
        (f"one==1 {HASH}\nOne==2 {HASH}", "names one twice"),
    ],
)
def test_a_pin_without_its_hash_is_refused(line: str, said: str, lambda_target: Target) -> None:
    with pytest.raises(LockRefused, match=said):
        pins_of(line, lambda_target.environment)
