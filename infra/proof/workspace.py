"""A copy of what Terraform reads, so that no check leaves anything in the checkout."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_READ = ("infra", "examples", "requirements", "src")
_LEFT = shutil.ignore_patterns("__pycache__", "node_modules", ".terraform", "*.tfstate*", ".venv")
# Plans and tests keep their state here; no bucket is asked.
_LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One copy."""

    root: Path

    @property
    def infra(self) -> Path:
        """The root module's folder."""
        return self.root / "infra"

    def modules(self) -> Iterator[Path]:
        """Yield the modules' folders, the internal ones too."""
        yield from sorted(self.infra.glob("modules/*/"))
        yield from sorted(self.infra.glob("*/module/"))

    def examples(self) -> Iterator[Path]:
        """Yield the variable files of the examples."""
        yield from sorted(self.root.glob("examples/*/terraform.tfvars"))


def copied(checkout: Path, into: Path) -> Workspace:
    """Copy what Terraform reads; what was there before is gone, but for the providers."""
    for name in _READ:
        shutil.rmtree(into / name, ignore_errors=True)
        if (checkout / name).is_dir():
            shutil.copytree(checkout / name, into / name, ignore=_LEFT)
    (into / "infra" / "backend_override.tf").write_text(_LOCAL_STATE, encoding="utf-8")
    return Workspace(root=into)
