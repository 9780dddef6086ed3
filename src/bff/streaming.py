"""`bff.streaming:app`: what `python -m proxy.lambda_stream` serves, named in `_HANDLER`."""

import os
import sys

from bff.streaming_app import create_streaming
from trust import log
from trust.errors import SettingsError

log.to_stderr()

try:
    app = create_streaming(os.environ)  # noqa: TID251 the one place
except SettingsError as error:
    for fault in error.faults:
        print(f"gatehouse: {fault}", file=sys.stderr)  # noqa: T201 one line each, to be searched for
    # Not an exit: by an exception Lambda learns, and shows, why the function does not start.
    raise
