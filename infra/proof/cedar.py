"""Cedar policies, read by Cedar itself."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from proof.verdict import Failed, NotRun, Passed, Verdict
from proof.workspace import Workspace

_WITHIN_S = 60
# `format_policies` parses first; what it cannot parse it refuses.
_READ = """
import json, sys
import cedarpy
faults = {}
for name in sys.argv[1:]:
    try:
        cedarpy.format_policies(open(name, encoding="utf-8").read())
    except ValueError as error:
        faults[name] = str(error)
print(json.dumps(faults))
"""


def read(python: Path, workspace: Workspace, env: Mapping[str, str]) -> Verdict:
    """Return whether every policy of the examples is Cedar."""
    if not os.access(python, os.X_OK):
        return NotRun(why=f"{python} is not there; run: make infra")
    policies = sorted(workspace.root.glob("examples/**/*.cedar"))
    if not policies:
        return NotRun(why="there are no policies")
    done = subprocess.run(  # noqa: S603 our own pinned installation
        (str(python), "-c", _READ, *map(str, policies)),
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
        timeout=_WITHIN_S,
    )
    if done.returncode:
        return Failed(why=done.stderr)
    faults: dict[str, str] = json.loads(done.stdout)
    if faults:
        return Failed(why="\n".join(f"{name}: {why}" for name, why in faults.items()))
    return Passed(note=f"{len(policies)} policies")
