"""The local identity provider as a process of its own, on a port nobody else has."""

import json
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "src" / "devstack" / "idp"
PASSWORD = "correct horse battery staple"
CLIENT_SECRET = "a made-up secret: with a colon, a % and a +"
START_S = 20.0
STOP_S = 5.0


def installed() -> bool:
    """Tell whether `npm ci` was run in the provider's folder."""
    return (FOLDER / "node_modules" / "oidc-provider").is_dir()


def command(*options: str) -> list[str]:
    """Return the command line that starts the provider."""
    return ["node", str(FOLDER / "provider.mjs"), *options]


def environment(**secrets: str) -> dict[str, str]:
    """Return this process's path and nothing else of its environment, plus `secrets`."""
    return {"PATH": os.environ["PATH"], **secrets}  # noqa: TID251 the path of node


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningProvider:
    """A provider that listens."""

    issuer: str
    process: subprocess.Popen[str]
    log: Path


@contextmanager
def running(log: Path, *options: str) -> Generator[RunningProvider]:
    """Start the provider, wait until it listens, stop it at the end; its stderr goes to `log`."""
    secrets = environment(IDP_PASSWORD=PASSWORD, IDP_CLIENT_SECRET=CLIENT_SECRET)
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            command(*options), env=secrets, stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line, f"the provider did not start: {log.read_text()}"
            yield RunningProvider(issuer=json.loads(line)["issuer"], process=process, log=log)
        finally:
            process.terminate()
            process.wait(STOP_S)
