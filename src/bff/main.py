"""`uvicorn bff.main:app`: the application of this process's environment."""

import os
import sys

from bff.app import create_app
from bff.settings import load_settings
from trust import log
from trust.errors import SettingsError
from trust.secrets.environment import taken_over

log.to_stderr()

try:
    environment = taken_over(os.environ)  # noqa: TID251 the one place
    app = create_app(load_settings(environment), environment)
except SettingsError as error:
    for fault in error.faults:
        print(f"gatehouse: {fault}", file=sys.stderr)  # noqa: T201 nobody logs yet
    sys.exit(2)
