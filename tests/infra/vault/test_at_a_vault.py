"""The module's plan, applied: Gatehouse starts from its outputs, and reaches nothing else.

At the local double always, at a real server where one is named (`fakes.vault_target`): there it
also tells whether our evaluator judges as Vault does.
"""

import re
import secrets
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from devstack.vault.policy.evaluation import capabilities
from devstack.vault.policy.rules import Policy, parse_policy
from fakes.vault_target import Target, target, targets
from infra.vault.applied import Made, apply, remove
from infra.vault.deployment import BFF_ID, RESEARCH_ID
from infra.vault.terraform import outputs, planned, resources, with_stand_ins
from infra.vault.test_policies import KNOWN
from trust.seal.keyring import new_keyring
from trust.secrets.opening import Keepers, open_keepers
from trust.secrets.reference import parse_reference
from trust.secrets.settings import load_secret_settings
from trust.secrets.source import SecretRefused


@pytest.fixture(params=targets())
def at(request: pytest.FixtureRequest) -> Generator[Target]:
    with target(request.param) as found:
        yield found


@pytest.fixture
def plan(at: Target, tmp_path: Path) -> Generator[Any]:
    variables = {
        "app_id": "demo",
        "vault_address": "https://vault.example.org",
        "mounts": {name: f"{at.name}-{name}" for name in ("kv", "transit", "database", "aws")},
        "bff": {"spiffe_id": BFF_ID},
        "agents": {"research": {"spiffe_id": RESEARCH_ID}},
        "spire": {"mount": f"{at.name}-jwt", "public_keys": [at.issuer.pem]},
    }
    made = planned(with_stand_ins(tmp_path / "terraform"), variables)
    apply(resources(made), at)
    yield made
    remove(resources(made), at)


@asynccontextmanager
async def _workload(at: Target, variables: dict[str, str], folder: Path) -> AsyncGenerator[Keepers]:
    """Open secrets as a workload whose platform writes its identity into a file."""
    now, who = at.clock.now(), variables["BFF_SPIFFE_ID"]
    identity = folder / "svid"
    identity.write_text(
        at.issuer.token(sub=who, aud=["vault"], iat=now, exp=now + 300), encoding="utf-8"
    )
    here = {"VAULT_ADDR": at.url, "BFF_SPIFFE_JWT_FILE": str(identity)}
    keepers = open_keepers(load_secret_settings({**variables, **here}), {}, at.clock)
    try:
        yield keepers
    finally:
        await keepers.close()


async def test_gatehouse_starts_from_the_outputs_alone(
    at: Target, plan: Any, tmp_path: Path
) -> None:
    told = outputs(plan)["variables"]
    keyring = new_keyring(secrets.token_bytes)
    kv = f"{at.name}-kv"
    at.ask("POST", f"{kv}/data/demo/bff/session-keys", {"data": {"keys": keyring}})
    at.ask("POST", f"{kv}/data/demo/agents/research/model", {"data": {"key": "theirs"}})

    async with _workload(at, told, tmp_path) as keepers:
        held = await keepers.secrets.get(parse_reference(told["BFF_SESSION_KEYS"]))
        signer = await keepers.secrets.signer(parse_reference(told["BFF_OIDC_CLIENT_KEY"]))
        signature = await signer.sign(b"an assertion")

        assert held.value.reveal() == keyring
        assert len(signature) == 64
        with pytest.raises(SecretRefused):
            await keepers.secrets.get(
                parse_reference(f"vault-kv:{kv}/demo/agents/research/model#key")
            )


async def test_an_agent_reads_its_own_and_does_not_sign(
    at: Target, plan: Any, tmp_path: Path
) -> None:
    told = outputs(plan)
    own = told["agent_references"]["research"]["secrets"]
    kv = f"{at.name}-kv"
    at.ask("POST", f"{kv}/data/demo/agents/research/model", {"data": {"key": "its own"}})
    at.ask("POST", f"{kv}/data/demo/bff/oidc", {"data": {"client_secret": "not its"}})

    async with _workload(at, told["agent_variables"]["research"], tmp_path) as keepers:
        held = await keepers.secrets.get(parse_reference(f"{own}model#key"))

        assert held.value.reveal() == "its own"
        with pytest.raises(SecretRefused):
            await keepers.secrets.get(parse_reference(told["client_secret_reference"]))
        with pytest.raises(SecretRefused):
            await keepers.secrets.signer(parse_reference(told["variables"]["BFF_OIDC_CLIENT_KEY"]))


async def test_another_workload_of_the_same_issuer_is_not_gatehouse(
    at: Target, plan: Any, tmp_path: Path
) -> None:
    """Seen in the wild: a role with an audience alone."""
    mine = outputs(plan)["variables"]
    theirs = {**mine, "BFF_SPIFFE_ID": "spiffe://example.org/gatehouse/other"}

    async with _workload(at, theirs, tmp_path) as keepers:
        with pytest.raises(SecretRefused):
            await keepers.secrets.get(parse_reference(mine["BFF_SESSION_KEYS"]))


@pytest.mark.parametrize("at", targets()[1:], indirect=True)
@pytest.mark.parametrize("who", ["bff", "agent:research", "operator"])
def test_vault_says_of_each_path_what_our_evaluator_says(at: Target, plan: Any, who: str) -> None:
    """Not of the double's, which judges by our evaluator itself."""
    policies = _policies_of(resources(plan), who)
    token = at.ask(
        "POST",
        "auth/token/create",
        {"policies": [policy.name for policy in policies], "no_default_policy": True},
    )["auth"]["client_token"]
    # Under this server's mounts, whose names are the test's own.
    paths = [re.sub(r"\bgatehouse(-\w+)?(?=/)", _here(at), path) for path in KNOWN]

    said = at.ask("POST", "sys/capabilities", {"token": token, "paths": paths})["data"]

    differing = {
        path: (said[path], expected)
        for path in paths
        if set(said[path]) != (expected := {one.value for one in capabilities(policies, path)})
    }
    assert differing == {}


def _here(at: Target) -> Callable[[re.Match[str]], str]:
    return lambda mount: f"{at.name}{mount[1] or '-kv'}"


def _policies_of(made: Made, who: str) -> list[Policy]:
    keys = [who] if who == "operator" else ["token", who]
    rows = [made[f"vault_policy.this[{key}]"] for key in keys]
    return [parse_policy(row["name"], row["policy"]) for row in rows]
