"""The browser that the journeys are tested in."""

import os
from pathlib import Path

from devstack.setup.checkout import Checkout
from devstack.setup.failure import SetupFailed
from devstack.setup.tool import Tools

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_BUNDLES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
MISSING = (
    "no Chromium found, so the tests that need a browser will be skipped: install chromium or"
    " google-chrome, or name one in CHROMIUM"
)


def chromium(tools: Tools) -> Path | None:
    """Return the browser to test with, or None. Raises SetupFailed if CHROMIUM names no program."""
    named = tools.env.get("CHROMIUM")
    if named:
        if not os.access(named, os.X_OK):
            raise SetupFailed(f"CHROMIUM names {named}, which is not a program")
        return Path(named)
    found = next(filter(None, (tools.find(name) for name in (*_NAMES, *_BUNDLES))), None)
    return Path(found) if found else None


def installable(tools: Tools) -> bool:
    """Return whether we may install a browser ourselves: as root, where there is apt."""
    return os.geteuid() == 0 and tools.find("apt-get") is not None


def install_chromium(here: Checkout, tools: Tools) -> None:
    """Install the browser from the system's packages. Raises SetupFailed."""
    for argv in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
    ):
        tools.run(["env", "DEBIAN_FRONTEND=noninteractive", *argv], step="chromium", cwd=here.root)
