"""Node's part: the identity provider's packages, the SPA's packages and the built SPA."""

import re
from pathlib import Path

from devstack.setup.checkout import Checkout
from devstack.setup.failure import SetupFailed
from devstack.setup.step import Step, digest_of, tree
from devstack.setup.tool import Tools

OLDEST = 20
"""Node's oldest major version that the identity provider and the SPA's build run on."""

_MADE = frozenset({"node_modules", "dist"})


def node_version(tools: Tools) -> str:
    """Return the machine's Node version, once npm is there as well. Raises SetupFailed."""
    answer = tools.ask(["node", "--version"]) or ""
    version = re.fullmatch(r"v(\d+)\.\S+", answer)
    if version is None:
        raise SetupFailed(
            f"Node.js {OLDEST} or newer is needed and `node` is not there or does not start:"
            " install it (https://nodejs.org, or your system's packages)"
        )
    if int(version[1]) < OLDEST:
        raise SetupFailed(f"Node.js {OLDEST} or newer is needed, this machine has {answer}")
    if tools.find("npm") is None:
        raise SetupFailed("npm is needed and not there: install the npm that belongs to Node.js")
    return answer


def node_steps(here: Checkout, tools: Tools) -> list[Step]:
    """Return the steps that end with a built SPA. Raises SetupFailed without a usable Node."""
    version = node_version(tools)
    spa = _packages("spa packages", here.spa, tools, version)
    build = Step(
        name="spa build",
        inputs=lambda: digest_of(version, files=tree(here.spa, without=_MADE)),
        ready=(here.spa / "dist" / "index.html").exists,
        make=lambda: tools.run(["npm", "run", "build"], step="spa build", cwd=here.spa),
        after=(spa.name,),
    )
    return [_packages("provider packages", here.provider, tools, version), spa, build]


def _packages(name: str, folder: Path, tools: Tools, version: str) -> Step:
    lock = folder / "package-lock.json"

    def install() -> None:
        if not lock.is_file():
            raise SetupFailed(f"{name}: {lock} is missing from the checkout")
        # --include=dev: with NODE_ENV=production in the caller's environment npm would leave the
        # build's own tools out and the build would fail later, without saying why.
        quiet = ["--no-audit", "--no-fund", "--no-progress"]
        tools.run(["npm", "ci", "--include=dev", *quiet], step=name, cwd=folder)

    return Step(
        name=name,
        inputs=lambda: digest_of(version, files=[folder / "package.json", lock, folder / ".npmrc"]),
        # npm writes this file last.
        ready=(folder / "node_modules" / ".package-lock.json").exists,
        make=install,
    )
