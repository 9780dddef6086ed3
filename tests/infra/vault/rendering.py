"""The policies' templates, filled as `templatefile` fills them: `${name}`, and nothing else."""

import re
from collections.abc import Mapping
from pathlib import Path

from devstack.vault.policy.rules import Policy, parse_policy

FOLDER = Path(__file__).parents[3] / "infra" / "vault" / "module" / "policies"
MOUNTS = {
    "kv": "gatehouse",
    "transit": "gatehouse-transit",
    "database": "gatehouse-database",
    "aws": "gatehouse-aws",
}
_PLACE = re.compile(r"\$\{(\w+)\}")


def rendered(template: str, *, app: str = "demo", agent: str = "") -> str:
    """Return a policy's text. Fails where a place has no value, or is no plain one."""
    text = (FOLDER / f"{template}.hcl").read_text(encoding="utf-8")
    values: Mapping[str, str] = {**MOUNTS, "app": app, "agent": agent}
    filled = _PLACE.sub(lambda match: values[match[1]], text)
    assert "${" not in filled
    assert "%{" not in filled
    return filled


def policy(template: str, *, app: str = "demo", agent: str = "") -> Policy:
    """Return a policy as Vault has it."""
    return parse_policy(template, rendered(template, app=app, agent=agent))
