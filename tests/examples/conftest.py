"""The agents' packages, found as each agent's program finds them: beside the examples."""

import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))


@pytest.fixture
def session() -> str:
    """Make up a conversation nobody has had."""
    return f"{uuid.uuid4().hex}{uuid.uuid4().hex}"
