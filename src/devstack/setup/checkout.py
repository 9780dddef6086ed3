"""Where things stand in this copy of the project."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checkout:
    """One working copy; everything that set-up makes lies below its root."""

    root: Path

    @property
    def state(self) -> Path:
        """What is remembered between starts; safe to delete."""
        return self.root / ".gatehouse"

    @property
    def log(self) -> Path:
        """What the tools said during the last set-up that had something to do."""
        return self.state / "setup.log"

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The virtual environment's interpreter."""
        return self.venv / "bin" / "python"

    @property
    def source(self) -> Path:
        """What stands on the import path."""
        return self.root / "src"

    @property
    def requirements(self) -> Path:
        """The locked Python packages, each with its hashes."""
        return self.root / "requirements" / "dev.txt"

    @property
    def provider(self) -> Path:
        """The local identity provider, a Node package."""
        return self.source / "devstack" / "idp"

    @property
    def spa(self) -> Path:
        """The browser's part, a Node package."""
        return self.root / "spa"
