"""What exists at the start: names, roles and trust."""

import json

import pytest

from devstack.aws.iam.evaluate import Allowed, Denied, Request, evaluate, trusts
from devstack.aws.iam.principal import Caller
from devstack.aws.landscape import AGENTS, PLACE, keys, roles, seeds
from devstack.aws.runners import RUNNERS, SECRETS, KeyPair, key_of, secret_arn
from devstack.aws.settings import POLICIES
from trust.secret import Secret

KNOWN = roles(POLICIES)
ROLES = {role.name: role for role in KNOWN.by_arn.values()}
BFF = KeyPair(access_key_id="AKIA", secret_access_key=Secret("x"))
GRANTING = ["gatehouse-bff", "gatehouse-json", "gatehouse-stream"]


def test_the_roles_have_their_names() -> None:
    assert sorted(ROLES) == [
        "gatehouse-authorizer",
        "gatehouse-bff",
        "gatehouse-data-hello",
        "gatehouse-data-ledger",
        "gatehouse-invoke-hello",
        "gatehouse-invoke-ledger",
        "gatehouse-json",
        "gatehouse-operator",
        "gatehouse-runtime",
        "gatehouse-stream",
    ]
    assert set(KNOWN.by_arn) == {f"arn:aws:iam::{PLACE.account}:role/{name}" for name in ROLES}


def test_the_runtimes_have_their_arns() -> None:
    runtime = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime"

    assert [agent.runtime_arn for agent in AGENTS] == [
        f"{runtime}/hello-a1B2c3D4e5",
        f"{runtime}/ledger-f6G7h8I9j0",
    ]


def test_each_program_has_a_key_that_speaks_for_its_role() -> None:
    made = {key.role_name: key for key in keys(KNOWN, BFF)}

    assert sorted(name or "" for name in made) == sorted([*RUNNERS, "gatehouse-operator"])
    assert made["gatehouse-bff"].access_key_id == "AKIA"
    assert made["gatehouse-bff"].session_token is None
    assert len({key.access_key_id for key in made.values()}) == len(made)
    assert len({key.secret_access_key.reveal() for key in made.values()}) == len(made)


def test_a_derived_key_is_the_same_for_whoever_holds_the_bffs_and_for_nobody_else() -> None:
    other = KeyPair(access_key_id="AKIA", secret_access_key=Secret("y"))

    assert key_of("gatehouse-json", BFF) == key_of("gatehouse-json", BFF)
    assert key_of("gatehouse-json", BFF) != key_of("gatehouse-json", other)
    assert len(key_of("gatehouse-json", BFF).access_key_id) == 20
    assert len(key_of("gatehouse-json", BFF).secret_access_key.reveal()) == 40


@pytest.mark.parametrize("name", [*RUNNERS, "gatehouse-operator"])
def test_nobody_assumes_a_programs_own_role(name: str) -> None:
    for caller in (
        Caller(name=f"arn:aws:iam::{PLACE.account}:root", account=PLACE.account),
        Caller(name=ROLES["gatehouse-runtime"].arn, account=PLACE.account),
    ):
        assert isinstance(trusts(ROLES[name].trust, caller, "sts:AssumeRole", {}), Denied)


@pytest.mark.parametrize("name", list(RUNNERS))
def test_agents_roles_trust_those_that_open_grants_and_not_the_authorizer(name: str) -> None:
    tags = {"app_id": "demo", "tenant_id": "acme", "agent_name": "hello"}
    context = {
        **{f"aws:RequestTag/{key}": (value,) for key, value in tags.items()},
        "aws:TagKeys": tuple(tags),
        "sts:SourceIdentity": ("alice",),
    }
    caller = Caller(
        name=f"arn:aws:sts::{PLACE.account}:assumed-role/{name}/{name}",
        account=PLACE.account,
        role_arn=ROLES[name].arn,
    )
    for agent_role in ("gatehouse-invoke-hello", "gatehouse-data-hello"):
        decision = trusts(ROLES[agent_role].trust, caller, "sts:AssumeRole", context)

        assert isinstance(decision, Allowed) is (name in GRANTING)


def test_the_operator_puts_values_in_and_reads_none() -> None:
    secret = secret_arn(SECRETS[0], PLACE)

    def may(action: str) -> bool:
        request = Request(action=f"secretsmanager:{action}", resource=secret, context={})
        return isinstance(evaluate(request, identity=KNOWN.operator.policies), Allowed)

    assert may("PutSecretValue")
    assert not may("GetSecretValue")


def test_the_execution_role_reaches_no_tenants_data() -> None:
    for action, resource in (
        ("s3:GetObject", "arn:aws:s3:::gatehouse-data/demo/acme/hello/note"),
        ("s3:ListBucket", "arn:aws:s3:::gatehouse-data"),
        ("dynamodb:Query", PLACE.arn("dynamodb", "table/gatehouse-data")),
        ("dynamodb:GetItem", PLACE.arn("dynamodb", "table/gatehouse-sessions")),
        ("sts:AssumeRole", ROLES["gatehouse-data-hello"].arn),
        ("bedrock-agentcore:InvokeAgentRuntime", AGENTS[0].runtime_arn),
    ):
        request = Request(action=action, resource=resource, context={})
        assert isinstance(evaluate(request, identity=KNOWN.runtime.policies), Denied)


def test_bucket_tables_and_empty_secrets_are_made() -> None:
    bodies = [(call, json.loads(call.body or b"{}")) for call in seeds()]
    made = [
        (call.service, call.method, call.path, body.get("TableName") or body.get("Name"))
        for call, body in bodies
    ]

    assert made == [
        ("s3", "PUT", "/gatehouse-data", None),
        ("dynamodb", "POST", "/", "gatehouse-data"),
        ("dynamodb", "POST", "/", "gatehouse-data"),
        ("dynamodb", "POST", "/", "gatehouse-sessions"),
        ("dynamodb", "POST", "/", "gatehouse-sessions"),
        ("secretsmanager", "POST", "/", "gatehouse/session-keys"),
        ("secretsmanager", "POST", "/", "gatehouse/client-secret"),
    ]
    assert not [body for _, body in bodies if "SecretString" in body]
