"""The virtual environment, the locked packages in it and the `gatehouse` command."""

import shlex
import sys
from pathlib import Path

from devstack.setup.checkout import Checkout
from devstack.setup.failure import SetupFailed
from devstack.setup.step import Step, digest_of
from devstack.setup.tool import Tools

_FACTS = (
    "import importlib.util, sys;"
    "print('%d.%d' % sys.version_info[:2], bool(importlib.util.find_spec('pip')), sys.prefix)"
)
_OLDEST = (3, 11)


def environment_works(here: Checkout, tools: Tools) -> bool:
    """Return whether the environment starts, has pip and was made for this very folder.

    Where PYTHON names one, it has to be of that version, too: of the one that runs this.

    Asked anew at every start: an upgrade of the machine's Python, or moving the checkout, breaks
    an environment without touching a single file in it.
    """
    answer = tools.ask([str(here.python), "-I", "-c", _FACTS])
    if answer is None:
        return False
    version, has_pip, prefix = answer.split(" ", 2)
    return (
        _is_wanted(version, tools)
        and has_pip == "True"
        and Path(prefix) == here.venv
        and _at_home(here)
    )


def _is_wanted(version: str, tools: Tools) -> bool:
    major, minor = map(int, version.split("."))
    if tools.env.get("PYTHON"):
        return (major, minor) == sys.version_info[:2]
    return (major, minor) >= _OLDEST


def _at_home(here: Checkout) -> bool:
    # A moved environment starts and believes in its new place, but its scripts name the old one.
    try:
        script = (here.venv / "bin" / "pip").read_text()
    except OSError:
        return False
    # Quoted where the path holds a space.
    return f"#!{here.python}" in script or f'"{here.python}' in script


def python_steps(here: Checkout, tools: Tools) -> list[Step]:
    """Return the steps that end with a usable `.venv/bin/gatehouse`."""
    works = environment_works(here, tools)
    environment = Step(
        name="python environment",
        inputs=lambda: digest_of(str(here.root)),
        ready=lambda: works,
        make=lambda: _make_environment(here, tools),
    )
    packages = Step(
        name="python packages",
        inputs=lambda: digest_of(files=[here.requirements]),
        ready=here.python.exists,
        make=lambda: _install(here, tools),
        after=(environment.name,),
    )
    command = Step(
        name="gatehouse command",
        inputs=lambda: digest_of(_launcher(here), _path_file(here)),
        ready=(here.venv / "bin" / "gatehouse").exists,
        make=lambda: _link(here, tools),
        after=(environment.name,),
    )
    return [environment, packages, command]


def _make_environment(here: Checkout, tools: Tools) -> None:
    if environment_works(here, tools):
        return  # made by hand, or by a set-up that was stopped: good as it is
    tools.run(
        [sys.executable, "-m", "venv", "--clear", str(here.venv)],
        step="python environment",
        cwd=here.root,
    )
    if not environment_works(here, tools):
        raise SetupFailed(f"python environment: {sys.executable} made one without a working pip")


def _install(here: Checkout, tools: Tools) -> None:
    if not here.requirements.is_file():
        raise SetupFailed(f"python packages: {here.requirements} is missing from the checkout")
    # pip and no faster tool: it reads the pip configuration that a company has on its machines.
    # Not compiling saves ten seconds here; what is imported gets compiled then.
    pip = [str(here.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    locked = ["--require-hashes", "--no-compile", "-r", str(here.requirements)]
    tools.run([*pip, *locked], step="python packages", cwd=here.root)


def _launcher(here: Checkout) -> str:
    # Not a `#!…/python` line: the kernel ends it at the first space of the checkout's path.
    call = "import sys; from bff.command import main; sys.exit(main())"
    return f'#!/bin/sh\nexec {shlex.quote(str(here.python))} -c {shlex.quote(call)} "$@"\n'


def _path_file(here: Checkout) -> str:
    return f"{here.source}\n"


def _link(here: Checkout, tools: Tools) -> None:
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = tools.ask([str(here.python), "-I", "-c", where])
    if packages is None:
        raise SetupFailed("gatehouse command: the Python environment does not start")
    Path(packages, "gatehouse.pth").write_text(_path_file(here))
    launcher = here.venv / "bin" / "gatehouse"
    launcher.write_text(_launcher(here))
    launcher.chmod(0o755)
