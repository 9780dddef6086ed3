"""`bff.lambda_handler:handler`: the entry point of `/auth` and the JSON routes on Lambda."""

import os
import sys

from bff.lambda_events import build
from trust import log
from trust.errors import SettingsError

log.to_stderr()

try:
    handler = build(os.environ)  # noqa: TID251 the one place
except SettingsError as error:
    for fault in error.faults:
        print(f"gatehouse: {fault}", file=sys.stderr)  # noqa: T201 one line each, to be searched for
    # Not an exit: by an exception Lambda learns, and shows, why the function does not start.
    raise
