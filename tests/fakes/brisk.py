"""`gatehouse` with waits of seconds instead of half a minute: `python -m fakes.brisk serve …`.

The program is the product's own; a few of its waits are shorter. What a killed process leaves
behind, and what a slow provider costs, would else take half a minute a test.
"""

import sys

from bff import serve
from bff.command import main as gatehouse
from trust.session import lease
from trust.store import sqlite

LEASE_S = 3
"""At least two seconds of it count: instants are in whole seconds."""

RENEWALS = 6
"""Often enough for a machine that is busy with other tests."""


def main() -> int:
    """Change the waits, then run the command."""
    lease.LEASE_S = LEASE_S
    lease.RENEWALS = RENEWALS
    sqlite.BUSY_TIMEOUT_S = 0.5
    serve.DRAIN_MARGIN_S = 1
    return gatehouse()


if __name__ == "__main__":
    sys.exit(main())
