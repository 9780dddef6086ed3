"""Where a double of SPIRE's agent may listen."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def agent_socket() -> Iterator[Path]:
    """Lend a place for a socket: a short path, since the system allows no long ones for them."""
    with TemporaryDirectory(prefix="spire-") as folder:
        yield Path(folder) / "agent.sock"
