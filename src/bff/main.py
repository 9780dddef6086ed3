"""`uvicorn bff.main:app`: the application of this process's environment."""

import logging
import os
import sys

from bff.app import create_app
from bff.settings import load_settings
from trust.errors import SettingsError

logging.basicConfig(level=logging.WARNING, format="%(message)s")
# Our events only: libraries write down URLs and headers that hold codes and tokens.
logging.getLogger("gatehouse").setLevel(logging.INFO)

try:
    app = create_app(load_settings(os.environ), os.environ)  # noqa: TID251 the one place
except SettingsError as error:
    for fault in error.faults:
        print(f"gatehouse: {fault}", file=sys.stderr)  # noqa: T201 nobody logs yet
    sys.exit(2)
