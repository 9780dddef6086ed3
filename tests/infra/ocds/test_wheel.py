"""A wheel came from a registry: what it holds is looked at before it is believed."""

import stat
import zipfile
from collections.abc import Mapping
from io import BytesIO

import pytest

from ocds import wheel
from ocds.entry import Entry
from ocds.errors import WheelRefused
from ocds.wheel import merged, unpacked


def zip_of(files: Mapping[str, str]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return out.getvalue()


def paths(files: Mapping[str, str]) -> list[str]:
    return [entry.path for entry in unpacked("one", zip_of(files))]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../outside.py", "leads out of the folder"),
        ("one/../../outside.py", "leads out of the folder"),
        ("one.data/purelib/../../../outside.py", "leads out of the folder"),
        ("/etc/passwd", "root of the disk"),
        ("C:/windows.py", "root of the disk"),
        ("one//two.py", "simplest form"),
        ("./one.py", "simplest form"),
        ("one\\..\\two.py", "not a path"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str, reason: str) -> None:
    with pytest.raises(WheelRefused, match=reason):
        paths({"one/__init__.py": "", path: "x"})


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFDIR])
def test_a_link_or_something_else_than_a_file_is_refused(kind: int) -> None:
    out, info = BytesIO(), zipfile.ZipInfo("one/key.py")
    info.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")

    with pytest.raises(WheelRefused, match="link"):
        unpacked("one", out.getvalue())


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_path_that_comes_twice_is_refused() -> None:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("one.py", "a")
        archive.writestr("one.py", "b")

    with pytest.raises(WheelRefused, match="twice"):
        unpacked("one", out.getvalue())


def test_modules_at_two_places_of_a_wheel_that_are_one_in_the_end_are_refused() -> None:
    with pytest.raises(WheelRefused, match="twice"):
        paths({"one.py": "a", "one-1.data/purelib/one.py": "b"})


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheel, "MAX_UNPACKED", 9)

    with pytest.raises(WheelRefused, match="unpacks to more"):
        paths({"one.py": "ten bytes!"})


def test_what_is_no_zip_is_refused() -> None:
    with pytest.raises(WheelRefused, match="not a zip"):
        unpacked("one", b"nothing")


def test_what_tells_of_the_installation_and_of_other_pythons_is_left_out() -> None:
    files = {
        "one/__init__.py": "",
        "one/__pycache__/__init__.cpython-311.pyc": "",
        "one/old.pyc": "",
        "one/RECORD": "a file of the package's own",
        "one-1.dist-info/METADATA": "",
        "one-1.dist-info/RECORD": "",
        "one-1.dist-info/INSTALLER": "",
        "one-1.dist-info/direct_url.json": "",
        "one-1.dist-info/licenses/RECORD": "",
        "one-1.data/scripts/one": "#!python",
        "one-1.data/data/share/one.txt": "",
        "one-1.data/headers/one.h": "",
        "one-1.data/purelib/two.py": "",
        "one-1.data/platlib/three/__init__.py": "",
        "one-1.data/purelib/two.pyc": "",
        "one-1.data/stray": "",
    }

    assert paths(files) == [
        "one/__init__.py",
        "one/RECORD",
        "one-1.dist-info/METADATA",
        "one-1.dist-info/licenses/RECORD",
        "two.py",
        "three/__init__.py",
    ]


def test_two_wheels_may_bring_the_same_file() -> None:
    same = Entry(path="shared/__init__.py", data=b"")

    assert merged([("one", [same]), ("two", [same])]) == [same]


def test_two_wheels_that_disagree_over_a_file_are_refused() -> None:
    first, second = Entry(path="tests/a.py", data=b"1"), Entry(path="tests/a.py", data=b"2")

    with pytest.raises(WheelRefused, match=r"one and two both bring tests/a\.py"):
        merged([("one", [first]), ("two", [second])])
