"""`authorizer.handler:handler`: the entry point of the API Gateway request authorizer on Lambda."""

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authorizer.wiring import Authorizer


def _opened() -> "Authorizer":
    from authorizer.wiring import build
    from trust import log
    from trust.errors import SettingsError

    log.to_stderr()
    try:
        return build(os.environ)  # noqa: TID251 the one place
    except SettingsError as error:
        for fault in error.faults:
            print(f"gatehouse: {fault}", file=sys.stderr)  # noqa: T201 one line each, to be searched for
        # Not an exit: by an exception Lambda learns, and shows, why the function does not start.
        raise


# While modules load, nothing becomes garbage: looking for it would be a tenth of the cold start.
gc.disable()
try:
    handler = _opened()
finally:
    gc.enable()
