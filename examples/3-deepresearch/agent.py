"""The deep-research agent: `python agent.py` serves it on $HOST:$PORT (127.0.0.1:8080)."""

import sys
from pathlib import Path

# The agents' packages lie beside this folder.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from deepresearch.agent import main

if __name__ == "__main__":
    sys.exit(main())
