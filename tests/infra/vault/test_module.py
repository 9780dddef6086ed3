"""The module as Terraform plans it, Vault's resources replaced by stand-ins (`terraform.py`)."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.reference.hcl import expected_failures, variables_of
from infra.vault.deployment import ACCOUNT, BFF_ID, RESEARCH_ID, VARIABLES
from infra.vault.terraform import (
    DECIDED,
    MODULE,
    arguments_in_module,
    outputs,
    planned,
    resources,
    run,
    with_stand_ins,
)
from trust.secrets.reference import parse_reference
from trust.secrets.settings import VaultAuth, load_secret_settings

_TOKEN = {
    "token_type": "service",
    "token_ttl": 600,
    "token_max_ttl": 3600,
    "token_no_default_policy": True,
}


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return planned(with_stand_ins(tmp_path_factory.mktemp("vault")), VARIABLES)


@pytest.fixture(scope="module")
def made(plan: Any) -> dict[str, dict[str, Any]]:
    return resources(plan)


def test_gatehouse_logs_in_by_exactly_its_own_spiffe_id(made: dict[str, dict[str, Any]]) -> None:
    role = made["vault_jwt_auth_backend_role.workload[bff]"]

    assert role == {
        **_TOKEN,
        "backend": "jwt-spire",
        "role_name": "gatehouse_demo_bff",
        "role_type": "jwt",
        "bound_subject": BFF_ID,
        "bound_audiences": ["vault"],
        "user_claim": "sub",
        "token_policies": ["gatehouse_demo_token", "gatehouse_demo_bff"],
    }
    research = made["vault_jwt_auth_backend_role.workload[agent:research]"]
    assert research["bound_subject"] == RESEARCH_ID
    assert research["token_policies"] == ["gatehouse_demo_token", "gatehouse_demo_agent_research"]


def test_aws_roles_and_service_accounts_are_bound_by_name(made: dict[str, dict[str, Any]]) -> None:
    aws = made["vault_aws_auth_backend_role.workload[agent:titanic]"]
    kubernetes = made["vault_kubernetes_auth_backend_role.workload[agent:b-c]"]

    assert aws["auth_type"] == "iam"
    assert aws["bound_iam_principal_arns"] == [f"{ACCOUNT}/gatehouse-titanic"]
    assert aws["resolve_aws_unique_ids"] is True
    assert kubernetes["bound_service_account_names"] == ["b-c"]
    assert kubernetes["bound_service_account_namespaces"] == ["agents"]
    assert kubernetes["audience"] == "vault"
    for role in (aws, kubernetes):
        assert {name: role[name] for name in _TOKEN} == _TOKEN
    client = made["vault_aws_auth_backend_client.this[aws]"]
    assert client["iam_server_id_header_value"] == "vault.example.org"


def test_the_key_never_leaves_and_engines_are_made_for_who_needs_them(
    made: dict[str, dict[str, Any]],
) -> None:
    key = made["vault_transit_secret_backend_key.bff[]"]
    role = made["vault_database_secret_backend_role.agent[research]"]

    assert key["type"] == "ecdsa-p256"
    assert key["name"] == "demo_bff"
    for leaving in ("exportable", "allow_plaintext_backup", "deletion_allowed"):
        assert key[leaving] is False
    assert role["name"] == "demo_agent_research"
    assert role["max_ttl"] == 3600
    assert made["vault_aws_secret_backend_role.agent[titanic]"]["credential_type"] == "assumed_role"
    mounts = {name: row["type"] for name, row in made.items() if "vault_mount" in name}
    assert mounts == {
        "vault_mount.kv[]": "kv-v2",
        "vault_mount.transit[]": "transit",
        "vault_mount.database[database]": "database",
        "vault_mount.aws[aws]": "aws",
    }


def test_there_is_a_policy_for_each_workload_one_for_tokens_and_one_for_who_rotates(
    made: dict[str, dict[str, Any]],
) -> None:
    names = {row["name"] for name, row in made.items() if "vault_policy" in name}

    assert names == {
        f"gatehouse_demo_{rest}"
        for rest in ("token", "bff", "operator", "agent_research", "agent_titanic", "agent_b-c")
    }


def test_the_outputs_are_an_environment_that_gatehouse_starts_with(plan: Any) -> None:
    told = outputs(plan)

    # Where the agent's socket is, the machine says.
    here = {"SPIFFE_ENDPOINT_SOCKET": "unix:///run/spire/agent.sock"}
    settings = load_secret_settings({**told["variables"], **here})

    assert settings.vault_auth is VaultAuth.JWT_SVID
    assert settings.vault_role == "gatehouse_demo_bff"
    assert settings.vault_mount == "jwt-spire"
    assert settings.spiffe_id == BFF_ID
    for name in ("BFF_OIDC_CLIENT_KEY", "BFF_SESSION_KEYS"):
        parse_reference(told["variables"][name])
    for agent, auth in (("titanic", VaultAuth.AWS_IAM), ("b-c", VaultAuth.KUBERNETES)):
        own = load_secret_settings({**told["agent_variables"][agent], "AWS_REGION": "eu-west-1"})
        assert own.vault_auth is auth
        assert own.vault_role == f"gatehouse_demo_agent_{agent}"
    for row in told["agent_references"].values():
        parse_reference(row["database"])
        parse_reference(row["aws"])
        parse_reference(f"{row['secrets']}model#key")


def test_people_get_in_only_where_it_is_asked_for(
    tmp_path: Path, made: dict[str, dict[str, Any]]
) -> None:
    people = {
        "discovery_url": "https://idp.example.org",
        "client_id": "vault",
        "group": "gatehouse-operators",
        "redirect_uris": ["https://vault.example.org:8200/ui/vault/auth/oidc/oidc/callback"],
    }
    given = {
        "app_id": "demo",
        "vault_address": "https://vault.example.org",
        "bff": {"iam_principal_arns": [f"{ACCOUNT}/gatehouse-bff"]},
        "aws_login": {"server_id": "vault.example.org"},
        "people_userpass": True,
        "people_oidc": people,
        "people_oidc_client_secret": "never in the state",
    }

    asked = planned(with_stand_ins(tmp_path), given)

    found = resources(asked)
    role = found["vault_jwt_auth_backend_role.operator[oidc]"]
    assert role["bound_claims"] == {"groups": "gatehouse-operators"}
    assert role["bound_audiences"] == ["vault"]
    assert role["token_policies"] == ["gatehouse_demo_operator"]
    assert found["vault_auth_backend.userpass[userpass]"]["tune"]["max_lease_ttl"] == "1h"
    assert "never in the state" not in json.dumps(asked)
    assert not [name for name in made if "people" in name or "userpass" in name]
    assert not [name for name in found if "database" in name or "spire" in name]


def test_each_rule_of_the_module_is_broken_by_a_run_of_terraform(tmp_path: Path) -> None:
    folder = with_stand_ins(tmp_path)
    for path in folder.glob("tests/*.tftest.hcl"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('mock_provider "vault" {}\n', ""), encoding="utf-8")
    run(folder, "init", "-no-color", "-input=false")

    said = run(folder, "test", "-no-color")

    assert ", 0 failed" in said
    assert " 0 passed" not in said


@pytest.mark.parametrize("folder", [MODULE, DECIDED], ids=lambda folder: folder.name)
def test_there_is_a_run_for_each_rule(folder: Path) -> None:
    broken = expected_failures(folder)
    variables = variables_of(folder)

    untried = {name for name, one in variables.items() if broken[name] < one.validations}

    assert untried == set()
    for one in variables.values():
        assert one.type
        assert one.description.endswith((".", "…")), one.name
        assert not one.nullable or (one.default == "null" and "Null" in one.description), one.name


def test_arguments_are_those_that_the_provider_was_seen_to_have() -> None:
    """`provider.json` was taken from the provider's documentation and source, release 5.11.0."""
    seen = json.loads((Path(__file__).parent / "provider.json").read_text(encoding="utf-8"))
    here = arguments_in_module()

    assert here.keys() == seen["resources"].keys()
    for kind, rows in here.items():
        for name, arguments in rows:
            assert arguments <= set(seen["resources"][kind]["known"]), f"{kind}.{name}"
            assert arguments >= set(seen["resources"][kind]["required"]), f"{kind}.{name}"


def test_no_secret_is_an_argument_that_the_state_would_keep() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in MODULE.glob("*.tf"))

    for name in (
        "secret_key",
        "password",
        "token_reviewer_jwt",
        "oidc_client_secret",
        "client_secret",
    ):
        assert f"\n  {name} " not in code
