"""An AWS that answers, for plans and applies: moto with its gaps filled, on loopback."""

import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

_PROGRAM = (sys.executable, "-m", "proof.applied.server")
_PACKAGES = Path(__file__).resolve().parents[1]
_STOPS_WITHIN_S = 30


@contextmanager
def emulated_aws() -> Generator[Mapping[str, str]]:
    """Run it; yield what leads Terraform and boto3 to it, and to nowhere else.

    Raises RuntimeError if moto is not installed.
    """
    with subprocess.Popen(  # noqa: S603 our own
        _PROGRAM, cwd=_PACKAGES, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            if not port.isdigit():
                raise RuntimeError("moto did not start; is it installed? make setup")
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": os.devnull,
            }
        finally:
            server.terminate()
            server.wait(_STOPS_WITHIN_S)
