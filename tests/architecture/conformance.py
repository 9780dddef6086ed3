"""Makes docs/conformance.md: what `gatehouse doctor` says of the local stack.

The stack is set up as strictly as it can be (a key for the client in place of a secret), with
sessions in DynamoDB, and runs in real processes: the document is a report, not a promise.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from joserfc.jwk import ECKey

from architecture.tree import ROOT
from devstack.dev.plan import Plan, Store, bffs
from devstack.dev.stack import Stack, stack
from devstack.dev.state import write_private

DOCUMENT = ROOT / "docs" / "conformance.md"
WITHIN_S = 120

_HEAD = """# Conformance

What `gatehouse doctor` says of the local stack, made by `make conformance`; a test
(`tests/architecture/test_conformance.py`) holds this page to the code, and the tests named here to
the tree. [doctor.md](doctor.md) says what the words mean, and how to have your own deployment
judged.

A clause that is kept by `tests` is kept whatever the configuration is, and these tests fail if it
is not. The others were looked at while the stack ran: its configuration, its provider, its answers.
The stack is set up as strictly as it can be, which `make run` does not: the client proves itself by
a key, tokens are bound to one, sessions are in DynamoDB. It is one machine without TLS and without
a vault: what is warned of or not checked comes of that, or of its provider.
"""


def report(running: Stack) -> str:
    """Return the document of a stack that runs."""
    outside = dict(os.environ)  # noqa: TID251 the programs' path
    environment = bffs(running.plan, running.secrets, outside)[0].env
    doctor = [sys.executable, "-m", "bff.command", "doctor", "--markdown"]
    ran = subprocess.run(
        doctor,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    if ran.returncode not in {0, 1}:
        raise RuntimeError(f"the doctor ended with {ran.returncode}: {ran.stderr}")
    return f"{_HEAD}\n{ran.stdout}"


def strict(state: Path) -> Plan:
    """Return a stack whose client proves itself by a key, and whose tokens are bound to one."""
    key = ECKey.generate_key("P-256", {"kid": "conformance", "use": "sig", "alg": "ES256"})
    private, public = state / "client-key.json", state / "client-jwks.json"
    write_private(private, json.dumps(key.as_dict(private=True)))
    write_private(public, json.dumps({"keys": [key.as_dict(private=False)]}))
    return Plan(
        state=state,
        store=Store.DYNAMODB,
        idp_options=("--client-jwks", str(public)),
        bff_env={
            "BFF_OIDC_CLIENT_ID": "gatehouse-jwt",
            "BFF_OIDC_CLIENT_AUTH": "private_key_jwt",
            "BFF_OIDC_CLIENT_KEY": f"file:{private}",
            "BFF_OIDC_DPOP": "1",
        },
    )


def made() -> str:
    """Start the stack, have it judged, and return the document."""
    environment = dict(os.environ)  # noqa: TID251 the programs' path
    with TemporaryDirectory() as folder, stack(strict(Path(folder)), env=environment) as running:
        return report(running)


if __name__ == "__main__":
    DOCUMENT.write_text(made(), encoding="utf-8")
