"""`uvicorn bff.main:app`: the application of this process's environment."""

import os
import sys

from bff.app import create_app
from bff.settings import load_settings
from trust import log
from trust.errors import SettingsError

log.to_stderr()

try:
    app = create_app(load_settings(os.environ), os.environ)  # noqa: TID251 the one place
except SettingsError as error:
    for fault in error.faults:
        print(f"gatehouse: {fault}", file=sys.stderr)  # noqa: T201 nobody logs yet
    sys.exit(2)
