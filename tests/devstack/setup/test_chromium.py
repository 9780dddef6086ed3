"""Which browser the tests get."""

from pathlib import Path

import pytest

from devstack.setup.checkout import Checkout
from devstack.setup.chromium import browser_steps, chromium
from devstack.setup.failure import SetupFailed
from devstack.setup.step import Stamps, due
from devstack.setup.tool import Tools

HEADLESS, WHOLE = "chromium-headless-shell", "chromium"


def program(folder: Path, name: str, script: str = "") -> Path:
    found = folder / name
    found.write_text(f"#!/bin/sh\n{script}\n")
    found.chmod(0o755)
    return found


def installing(folder: Path, script: str) -> None:
    """Put an apt-get there, and what it is called by."""
    (folder / "env").symlink_to("/usr/bin/env")
    program(folder, "apt-get", script)


@pytest.fixture
def here(tmp_path: Path) -> Checkout:
    checkout = Checkout(tmp_path / "checkout")
    checkout.state.mkdir(parents=True)
    return checkout


@pytest.fixture
def tools(here: Checkout, tmp_path: Path) -> Tools:
    """A machine on which there is nothing."""
    (tmp_path / "bin").mkdir()
    return Tools(env={"PATH": str(tmp_path / "bin")}, log=here.log)


@pytest.fixture
def programs(tools: Tools) -> Path:
    return Path(tools.env["PATH"])


def test_the_headless_one_is_preferred(tools: Tools, programs: Path) -> None:
    whole = program(programs, WHOLE)
    assert chromium(tools) == whole

    headless = program(programs, HEADLESS)
    assert chromium(tools) == headless


def test_it_is_installed_where_only_a_whole_one_is(
    here: Checkout, tools: Tools, programs: Path
) -> None:
    program(programs, WHOLE)
    said = here.root / "said"
    installing(programs, f'echo "$@" >> "{said}"')

    for step in browser_steps(here, tools, root=True):
        step.make()

    assert said.read_text().splitlines() == [
        "update",
        f"install --yes --no-install-recommends {HEADLESS}",
    ]


def test_an_installation_that_fails_is_tried_again_only_where_there_is_none(
    here: Checkout, tools: Tools, programs: Path
) -> None:
    installing(programs, "exit 100")
    stamps = Stamps(here.state / "stamps")

    ((step, digest),) = due(browser_steps(here, tools, root=True), stamps)
    with pytest.raises(SetupFailed):
        step.make()
    stamps.put(step, digest)

    assert list(due(browser_steps(here, tools, root=True), stamps))
    stamps.put(step, digest)
    program(programs, WHOLE)
    assert not list(due(browser_steps(here, tools, root=True), stamps))


def test_nothing_is_installed_where_that_is_not_ours_to_do(
    here: Checkout, tools: Tools, programs: Path
) -> None:
    assert not browser_steps(here, tools, root=True), "no apt"
    installing(programs, "")
    assert not browser_steps(here, tools, root=False), "not root"
    named = Tools(env={**tools.env, "CHROMIUM": str(program(programs, WHOLE))}, log=tools.log)
    assert not browser_steps(here, named, root=True), "named by hand"
    program(programs, HEADLESS)
    assert not browser_steps(here, tools, root=True), "there"
