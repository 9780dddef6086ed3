"""What the target is to pip, and which modules its Python brings."""

import pytest

from ocds.target import Architecture, Layout, Target


def target(python: str, layout: Layout = Layout.RUNTIME) -> Target:
    return Target(layout=layout, architecture=Architecture.ARM64, python=python)


@pytest.mark.parametrize(
    ("python", "has", "lacks"),
    [
        ("3.10", {"distutils", "asyncore", "cgi", "json"}, {"tomllib", "compression"}),
        ("3.11", {"distutils", "cgi", "tomllib"}, {"annotationlib"}),
        ("3.12", {"cgi", "tomllib", "_ssl"}, {"distutils", "asyncore", "imp"}),
        ("3.13", {"tomllib"}, {"cgi", "distutils", "telnetlib", "annotationlib"}),
        ("3.14", {"annotationlib", "compression"}, {"cgi", "distutils"}),
    ],
)
def test_the_standard_library_is_the_targets(python: str, has: set[str], lacks: set[str]) -> None:
    library = target(python).standard_library

    assert has <= library
    assert not lacks & library


def test_wheels_are_taken_up_to_the_glibc_that_is_there() -> None:
    on_lambda = target("3.13", Layout.LAMBDA).platforms
    on_agentcore = target("3.13").platforms

    assert on_lambda[0] == on_agentcore[0] == "manylinux2014_aarch64"
    assert on_lambda[-1] == "manylinux_2_34_aarch64"
    assert on_agentcore[-1] == "manylinux_2_28_aarch64"


def test_the_abi_has_none_of_the_builders_flags() -> None:
    assert target("3.10").abi == "cp310"
