"""What exists at the start: names, roles and trust."""

import json

from devstack.aws.iam.evaluate import Denied, Request, evaluate, trusts
from devstack.aws.iam.principal import Caller
from devstack.aws.landscape import AGENTS, PLACE, bff_key, roles, seeds
from devstack.aws.settings import POLICIES
from trust.secret import Secret

KNOWN = roles(POLICIES)
ROLES = {role.name: role for role in KNOWN.by_arn.values()}


def test_the_roles_have_their_names() -> None:
    assert sorted(ROLES) == [
        "gatehouse-bff",
        "gatehouse-data-hello",
        "gatehouse-data-ledger",
        "gatehouse-invoke-hello",
        "gatehouse-invoke-ledger",
        "gatehouse-runtime",
    ]
    assert set(KNOWN.by_arn) == {f"arn:aws:iam::{PLACE.account}:role/{name}" for name in ROLES}


def test_the_runtimes_have_their_arns() -> None:
    runtime = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime"

    assert [agent.runtime_arn for agent in AGENTS] == [
        f"{runtime}/hello-a1B2c3D4e5",
        f"{runtime}/ledger-f6G7h8I9j0",
    ]


def test_the_bffs_key_speaks_for_its_role() -> None:
    key = bff_key(KNOWN.bff, access_key_id="AKIA", secret_access_key=Secret("x"))

    assert key.role_name == "gatehouse-bff"
    assert key.session_token is None


def test_nobody_assumes_the_bffs_own_role() -> None:
    for caller in (
        Caller(name=f"arn:aws:iam::{PLACE.account}:root", account=PLACE.account),
        Caller(name=ROLES["gatehouse-runtime"].arn, account=PLACE.account),
    ):
        assert isinstance(trusts(KNOWN.bff.trust, caller, "sts:AssumeRole", {}), Denied)


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


def test_bucket_and_tables_are_made() -> None:
    made = [
        (call.service, call.method, call.path, json.loads(call.body or b"{}").get("TableName"))
        for call in seeds()
    ]

    assert made == [
        ("s3", "PUT", "/gatehouse-data", None),
        ("dynamodb", "POST", "/", "gatehouse-data"),
        ("dynamodb", "POST", "/", "gatehouse-data"),
        ("dynamodb", "POST", "/", "gatehouse-sessions"),
        ("dynamodb", "POST", "/", "gatehouse-sessions"),
    ]
