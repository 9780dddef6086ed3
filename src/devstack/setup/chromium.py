"""The browser that the journeys are tested in."""

import os
from pathlib import Path

from devstack.setup.checkout import Checkout
from devstack.setup.failure import SetupFailed
from devstack.setup.step import Step, digest_of
from devstack.setup.tool import Tools

_HEADLESS = "chromium-headless-shell"
"""Debian's package, and its program: what pages see of Chromium, without the rest of a desktop's
browser, which takes three times as much of the processor."""
_NAMES = (
    *(_HEADLESS, "chrome-headless-shell"),
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
)
_BUNDLES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
MISSING = (
    "no Chromium found, so the tests that need a browser will be skipped: install"
    f" {_HEADLESS}, chromium or google-chrome, or name one in CHROMIUM"
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


def browser_steps(here: Checkout, tools: Tools, *, root: bool) -> list[Step]:
    """Return the step that installs what to test in, if we may: as `root`, where there is apt.

    Where it failed, and any browser is there, it is not due again. Raises SetupFailed.
    """
    found = chromium(tools)
    headless = found is not None and "headless" in found.name
    if headless or tools.env.get("CHROMIUM") or not root or not tools.find("apt-get"):
        return []
    return [
        Step(
            name="headless chromium",
            inputs=lambda: digest_of(_HEADLESS),
            ready=lambda: chromium(tools) is not None,
            make=lambda: _install(here, tools),
        )
    ]


def _install(here: Checkout, tools: Tools) -> None:
    for argv in (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", _HEADLESS],
    ):
        tools.run(["env", "DEBIAN_FRONTEND=noninteractive", *argv], step="chromium", cwd=here.root)
