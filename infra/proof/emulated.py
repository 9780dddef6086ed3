"""An AWS that answers, for plans and applies: moto, on loopback, one request at a time.

moto's own server takes requests in threads and loses writes under Terraform's concurrency; served
by one thread, it keeps them.
"""

import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

_SERVER = """
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server
from moto.server import DomainDispatcherApplication, create_backend_app

class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass

application = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
print(server.server_port, flush=True)
server.serve_forever()
"""
_STARTS_WITHIN_S = 60


@contextmanager
def emulated_aws() -> Generator[Mapping[str, str]]:
    """Run it; yield the variables with which the provider and boto3 find it."""
    with subprocess.Popen(  # noqa: S603 our own interpreter
        (sys.executable, "-c", _SERVER), stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            yield _settings(_port(server))
        finally:
            server.terminate()
            server.wait(_STARTS_WITHIN_S)


def _port(server: subprocess.Popen[str]) -> int:
    began = time.monotonic()
    if server.stdout is None:
        raise RuntimeError("moto was started without a pipe")
    said = server.stdout.readline()
    if not said.strip().isdigit():
        waited = time.monotonic() - began
        raise RuntimeError(f"moto did not start within {waited:.0f} s; is it installed? make setup")
    return int(said)


def _settings(port: int) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        # Where both are set, boto3 would take the profile and miss the endpoint.
        "AWS_PROFILE": "",
        "AWS_CONFIG_FILE": "/dev/null",
    }
