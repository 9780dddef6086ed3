"""`bff.lambda_handler:handler`: the entry point of `/auth` and the JSON routes on Lambda."""

import gc
import os
import sys
from typing import TYPE_CHECKING

from trust import log
from trust.errors import SettingsError

if TYPE_CHECKING:
    from bff.lambda_events import LambdaGatehouse


def _built() -> "LambdaGatehouse":
    """Return the application, without looking for garbage among modules, which are made to stay.

    That is a sixth off the cold start.
    """
    gc.disable()
    try:
        from bff.lambda_events import build

        return build(os.environ)  # noqa: TID251 the one place
    finally:
        gc.freeze()
        gc.enable()


log.to_stderr()

try:
    handler = _built()
except SettingsError as error:
    for fault in error.faults:
        print(f"gatehouse: {fault}", file=sys.stderr)  # noqa: T201 one line each, to be searched for
    # Not an exit: by an exception Lambda learns, and shows, why the function does not start.
    raise
