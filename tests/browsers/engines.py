"""The three engines that people's browsers are built on, as Debian packages them."""

import json
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import httpx

from browsers import bidi, classic
from browsers.program import installed, running, screen
from browsers.tab import WITHIN_S, Engine
from devstack.dev.ports import free_port

_LOOK_EVERY_S = 0.02

_MINI = "/usr/lib/{}-linux-gnu/webkit2gtk-4.{}/MiniBrowser"
_MINIS = [_MINI.format(machine, abi) for machine in ("x86_64", "aarch64") for abi in (1, 0)]
"""WebKitGTK's own small browser: the driver starts it, and it is on nobody's path."""


@contextmanager
def firefox(folder: Path) -> Generator[Engine]:
    """Firefox without a screen, by the BiDi that is built into it."""
    program = installed("firefox-esr", "firefox")
    own = folder / "profile"
    own.mkdir()
    size = ("--width", "1280", "--height", "900")
    options = ("--headless", *size, "--no-remote", "--profile", str(own))
    bidi_on = ("--remote-debugging-port", "0")
    with ExitStack() as stack:
        stack.enter_context(running((program, *options, *bidi_on), folder=folder, env={}))
        where = json.loads(_once(partial(_text, own / "WebDriverBiDiServer.json")))
        address = f"ws://{where['ws_host']}:{where['ws_port']}"
        wire = stack.enter_context(bidi.wire(address))
        yield Engine(name="firefox", profile=lambda: bidi.profile(wire))


@contextmanager
def webkit(folder: Path) -> Generator[Engine]:
    """WebKitGTK's MiniBrowser on a screen that nobody sees."""
    program, mini = installed("WebKitWebDriver"), installed("MiniBrowser", *_MINIS)
    options = {"binary": mini, "args": ["--automation"]}
    with screen(folder) as display, ExitStack() as stack:
        # Its sandbox wants namespaces of the kernel's, which a container does not give away.
        env = {"DISPLAY": display, "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1"}
        driver = stack.enter_context(_driver(program, folder, env))
        wanted = {"webkitgtk:browserOptions": options}
        yield Engine(name="webkit", profile=lambda: classic.session(driver, wanted))


@contextmanager
def chromium(folder: Path) -> Generator[Engine]:
    """Chromium by its own driver: what the others are compared with."""
    program, binary = installed("chromedriver"), installed("chromium", "google-chrome")
    arguments = ["--headless=new", "--no-sandbox", "--window-size=1280,900"]
    quiet = ["--disable-background-networking", "--no-first-run"]
    options = {"binary": binary, "args": [*arguments, *quiet]}
    with ExitStack() as stack:
        driver = stack.enter_context(_driver(program, folder, {}))
        wanted = {"goog:chromeOptions": options}
        yield Engine(name="chromium", profile=lambda: classic.session(driver, wanted))


ENGINES = {"firefox": firefox, "webkit": webkit, "chromium": chromium}


@contextmanager
def _driver(program: str, folder: Path, env: dict[str, str]) -> Generator[str]:
    port = free_port()
    with running((program, f"--port={port}"), folder=folder, env=env):
        address = f"http://127.0.0.1:{port}"
        _once(partial(_answer, address))
        yield address


def _once(look: Callable[[], str]) -> str:
    until = monotonic() + 2 * WITHIN_S
    while not (found := look()):
        if monotonic() > until:
            raise TimeoutError(f"the browser does not start: {look}")
        sleep(_LOOK_EVERY_S)
    return found


def _text(file: Path) -> str:
    text = file.read_text() if file.exists() else ""
    return text if text.endswith("}") else ""


def _answer(address: str) -> str:
    try:
        return httpx.get(f"{address}/status", trust_env=False).text
    except httpx.HTTPError:
        return ""
