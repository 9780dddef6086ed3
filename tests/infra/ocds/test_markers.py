"""Environment markers are decided for the target, and by the rules that installers have."""

from itertools import product

import pytest
from packaging.markers import Marker

from ocds.errors import MarkerRefused
from ocds.markers import holds
from ocds.target import Architecture, Layout, Target

MARKERS = (
    "sys_platform == 'win32'",
    "sys_platform == 'linux' and platform_machine == 'aarch64'",
    "platform_machine in 'x86_64 AMD64'",
    "platform_machine not in 'x86_64 AMD64'",
    "python_version < '3.12'",
    "python_version >= '3.9' and python_version <= '3.13'",
    "'3.12' <= python_version",
    "python_version == '3.1'",
    "python_version == '3.*'",
    "python_version != '3.13.*'",
    "python_version ~= '3.12'",
    "python_full_version >= '3.12.0'",
    "python_full_version < '3.13'",
    "implementation_version > '3.9'",
    "os_name == 'nt' or (platform_system == 'Linux' and os_name != 'java')",
    "os_name == 'nt' or os_name == 'posix' and sys_platform == 'darwin'",
    "(os_name == 'posix' or os_name == 'nt') and sys_platform == 'darwin'",
    "platform_python_implementation != 'PyPy'",
    "implementation_name == 'cpython'",
    'extra == "" and sys_platform != "emscripten"',
)
TARGETS = [
    Target(layout=Layout.RUNTIME, architecture=architecture, python=python)
    for architecture, python in product(Architecture, ("3.10", "3.12", "3.13"))
]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.machine}-{target.python}")
def test_a_marker_means_what_it_means_to_an_installer_on_the_target(target: Target) -> None:
    patch = f"{target.python}.1"
    full = {"python_full_version": patch, "implementation_version": patch}
    ours = {marker: holds(marker, target.environment) for marker in MARKERS}

    assert ours == {
        marker: Marker(marker).evaluate({**target.environment, **full}) for marker in MARKERS
    }


@pytest.mark.parametrize(
    "marker",
    [
        "python_full_version < '3.13.2'",
        "implementation_version > '3.13'",
        "python_full_version ~= '3.13.1'",
    ],
)
def test_a_marker_that_depends_on_the_patch_release_is_refused(marker: str) -> None:
    with pytest.raises(MarkerRefused, match="patch release"):
        holds(marker, {"python_version": "3.13"})


@pytest.mark.parametrize("name", ["platform_release", "platform_version", "no_such_name"])
def test_a_marker_that_asks_for_the_machine_is_refused(name: str) -> None:
    with pytest.raises(MarkerRefused, match=name):
        holds(f"{name} == '1'", TARGETS[0].environment)


@pytest.mark.parametrize(
    "marker",
    [
        "",
        "os_name",
        "os_name ==",
        "os_name == 'a' 'b'",
        "(os_name == 'a'",
        "os_name == 'a' or",
        "os_name = 'a'",
        "os_name < 'posix'",
        "python_version < 'three'",
        "python_version ~= 'x.1'",
        "os_name == \"a'",
        "os_name === 'posix'",
    ],
)
def test_a_malformed_marker_is_refused(marker: str) -> None:
    with pytest.raises(MarkerRefused, match="cannot be read"):
        holds(marker, TARGETS[0].environment)
