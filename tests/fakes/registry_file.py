"""Registries in files, as a test spells them."""

from pathlib import Path

import pytest

from fakes.agents import INVOKE_ROLE, RUNTIME_ARN
from trust.errors import SettingsError
from trust.registry.file import FileRegistry, load_registry
from trust.registry.members import Terms

ACME = '[tenants.acme]\nname = "Acme"\n'
HELLO = f"""
[agents.hello]
runtime_arn = "{RUNTIME_ARN}"
invoke_role_arn = "{INVOKE_ROLE}"
tenants = ["acme"]
"""

DEFAULT = "https://login.test"
OWN = """
[providers.acme-login]
issuer = "https://login.acme.test"
client_id = "gatehouse"
tenant_claim = "org"
client_secret = "awssm:gatehouse/acme"
"""


def loaded(tmp_path: Path, text: str, terms: Terms | None = None) -> FileRegistry:
    """Return the registry of a file with this text. Raises SettingsError."""
    path = tmp_path / "registry.toml"
    path.write_text(text, encoding="utf-8")
    return load_registry(path, terms or Terms(default_issuer=DEFAULT))


def faults(tmp_path: Path, text: str, terms: Terms | None = None) -> list[str]:
    """Return what is wrong with a registry, without the words that every fault begins with."""
    with pytest.raises(SettingsError) as refused:
        loaded(tmp_path, text, terms)
    begin = f"BFF_REGISTRY: {tmp_path / 'registry.toml'}"
    assert all(fault.startswith(begin) for fault in refused.value.faults)
    return [fault.removeprefix(begin).lstrip(": ") for fault in refused.value.faults]
