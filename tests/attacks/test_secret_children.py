"""What a program that we start is shown: by its environment, as the kernel has it."""

import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src"
CANARY = "canary9xchild"

# As `bff.main` begins; then something is started in each of the usual ways.
PROGRAM = """
import os, subprocess, sys
from pathlib import Path
from trust.secrets.environment import taken_over

whole = taken_over(os.environ)
assert whole["CLIENT_SECRET"] == whole["VAULT_TOKEN"] == sys.argv[1]
own = Path("/proc/self/environ")
print(subprocess.run(["/bin/cat", own], capture_output=True, text=True).stdout)
print(os.popen(f"/bin/cat {own}").read())
reading, writing = os.pipe()
child = os.posix_spawn(
    "/bin/cat", ["cat", str(own)], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writing, 1)]
)
os.waitpid(child, 0)
print(os.read(reading, 65536).decode())
if not (child := os.fork()):
    os.execv("/bin/sh", ["sh", "-c", f"cat {own}"])
os.waitpid(child, 0)
"""


def test_no_program_that_is_started_is_shown_a_secret() -> None:
    environment = {
        "PYTHONPATH": str(SOURCE),
        "PATH": "/usr/bin:/bin",
        "BFF_OIDC_CLIENT_SECRET": "env:CLIENT_SECRET",
        "CLIENT_SECRET": CANARY,
        "VAULT_TOKEN": CANARY,
        "BESIDE": "shown",
    }

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, CANARY],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert done.stdout.count("BESIDE=shown") == 4
    assert CANARY not in done.stdout
