"""`authorizer.handler:handler`: the entry point of the API Gateway request authorizer on Lambda."""

import logging
import os
import sys

from authorizer.wiring import build
from trust.errors import SettingsError

# On Lambda the root logger has a handler that puts words before every line, and lets no INFO
# through: our events are lines of JSON, so they go to standard error by themselves.
_EVENTS = logging.getLogger("gatehouse")
_EVENTS.addHandler(logging.StreamHandler())
_EVENTS.setLevel(logging.INFO)
_EVENTS.propagate = False

try:
    handler = build(os.environ)  # noqa: TID251 the one place
except SettingsError as error:
    for fault in error.faults:
        print(f"gatehouse: {fault}", file=sys.stderr)  # noqa: T201 one line each, to be searched for
    # Not an exit: by an exception Lambda learns, and shows, why the function does not start.
    raise
