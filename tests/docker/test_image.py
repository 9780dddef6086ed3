"""The image's own files, put together by its COPY lines and run by its own commands.

Not tried here, for want of an engine: the build itself, the base images and their interpreter.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from events.configured import configured
from events.dockerfile import (
    CHECKOUT,
    FINAL,
    STAGES,
    Instruction,
    context_copies,
    environment_of,
)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Return a folder with each stage's files in it, put there by the COPY lines."""
    for stage, sources, target in context_copies():
        workdir = stage.only("WORKDIR").text
        for source in sources:
            _copy(CHECKOUT / source, tmp_path / stage.name, f"{workdir}/{target}", target)
    return tmp_path


def _copy(source: Path, root: Path, relative: str, target: str) -> None:
    place = root / (target if target.startswith("/") else relative).lstrip("/")
    if source.is_dir():
        shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    else:
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, place)


@pytest.fixture
def final(image: Path) -> Path:
    """Return the final stage's files, without the virtual environment, and not to be written to."""
    app = image / "final" / "app"
    shutil.copytree(image / "python" / "app" / "src", app / "src")
    (app / "spa").mkdir()
    (app / "spa" / "index.html").write_text("<!doctype html><title>Gatehouse</title>")
    (compiling,) = [run for run in STAGES[1].every("RUN") if "compileall" in run.text]
    words = [word.replace("/app/src", str(app / "src")) for word in compiling.arguments[1:]]
    subprocess.run([sys.executable, *words], check=True)
    for path in app.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return app


def snapshot(folder: Path) -> dict[str, int]:
    """Return every path and when it was changed: who runs tests as root may write anywhere."""
    return {str(path): path.lstat().st_mtime_ns for path in sorted(folder.rglob("*"))}


def running_environment(app: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the final stage, with the image's folder moved to `app`."""
    ours = environment_of(FINAL)
    moved = {name: value.replace("/app/", f"{app}/") for name, value in ours.items()}
    # -S and this path are the virtual environment without its .pth files: one of them may lead to
    # the checkout, and what a COPY line forgot would be found there.
    moved["PYTHONPATH"] += os.pathsep + sysconfig.get_path("purelib")
    return {**moved, "PATH": os.defpath, **extra}


def command_of(*arguments: str) -> list[str]:
    """Return the entry point with arguments, by this interpreter, which has the packages."""
    python, *rest = FINAL.only("ENTRYPOINT").arguments
    assert python == "python"
    return [sys.executable, "-S", *rest, *arguments]


def test_the_copied_files_are_enough_to_build_the_app(image: Path) -> None:
    modules = CHECKOUT / "spa" / "node_modules"
    if not (modules / "esbuild").is_dir():
        pytest.skip("spa/node_modules is not installed: `npm ci` in spa/ does it")
    folder = image / "spa" / "build" / "spa"
    (folder / "node_modules").symlink_to(modules)

    subprocess.run(["npm", "run", "--silent", "build"], cwd=folder, check=True, timeout=120)

    assert (folder / "dist" / "index.html").is_file()


def test_the_command_runs_from_a_tree_that_it_does_not_write_to(final: Path) -> None:
    before = snapshot(final)

    done = subprocess.run(
        command_of("--help"),
        cwd=final,
        env=running_environment(final, {}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "serve" in done.stdout
    assert snapshot(final) == before


def configuration(folder: Path) -> dict[str, str]:
    """Return a complete configuration whose files are in `folder`, but for the app's own."""
    found = configured(folder, issuer="http://127.0.0.1:9")
    del found["BFF_SPA"]
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(final: Path, folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the image's own command, on loopback and another port, until the block ends."""
    serve, host, _, option, _ = FINAL.only("CMD").arguments
    arguments = [serve, host, "127.0.0.1", option, str(port)]
    process = subprocess.Popen(
        command_of(*arguments),
        cwd=final,
        env=running_environment(final, configuration(folder)),
    )
    try:
        until_answering(process, port)
        yield process
    finally:
        process.kill()
        process.wait()


def until_answering(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            assert page(port, "/healthz")[0] == 200
        except (OSError, HTTPException):
            time.sleep(0.05)
        else:
            return
    pytest.fail("the server does not answer")


def page(port: int, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def health_of(port: int) -> int:
    """Run the image's health check; return its exit code."""
    check = Instruction(
        word="CMD", options={}, text=FINAL.only("HEALTHCHECK").text.removeprefix("CMD").strip()
    )
    python, *rest = check.arguments
    assert (python, check.is_exec) == ("python", True)
    words = [word.replace(":8080/", f":{port}/") for word in rest]
    done = subprocess.run([sys.executable, *words], capture_output=True, timeout=30, check=False)
    return done.returncode


def test_it_serves_and_stops_and_leaves_no_trace(
    final: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    port, folder, before = free_port(), tmp_path_factory.mktemp("outside"), snapshot(final)
    assert health_of(port) != 0

    with serving(final, folder, port) as process:
        assert health_of(port) == 0
        assert page(port, "/") == (200, b"<!doctype html><title>Gatehouse</title>")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)

    assert process.returncode in {0, -signal.SIGTERM}
    assert snapshot(final) == before
