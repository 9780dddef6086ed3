"""The benchmark is a package of the checkout, not of what is installed."""

import sys
from pathlib import Path

# At the end: nothing of the checkout's top may hide what is installed.
sys.path.append(str(Path(__file__).resolve().parents[2]))
