"""Of all roles there are: which may do a thing that matters, and that no other may."""

from collections.abc import Mapping

import pytest

from devstack.aws.iam.evaluate import Allowed, Denied, Request, evaluate, trusts
from devstack.aws.iam.policy import Policy
from devstack.aws.iam.principal import Caller
from devstack.aws.iam.statement import Effect
from fakes.policy_templates import (
    ACCOUNT,
    DATA_BUCKET,
    KEY,
    REGION,
    RUNTIME,
    SIGNING_KEY,
    names,
    policy_of,
    text_of,
)

Context = Mapping[str, tuple[str, ...]]

OTHER_ACCOUNT = "999999999999"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:gatehouse"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
NOTE = f"arn:aws:s3:::{DATA_BUCKET}/demo/acme/hello/notes/1.json"
ROLES = [name for name in names() if '"Principal"' not in text_of(name)]
TRUSTS = [name for name in names() if "-trust" in name]


def tagged(**tags: str) -> Context:
    return {f"aws:PrincipalTag/{key}": (value,) for key, value in tags.items()}


ACME = tagged(app_id="demo", tenant_id="acme", agent_name="hello")
GLOBEX = tagged(app_id="demo", tenant_id="globex", agent_name="hello")
LEDGER = tagged(app_id="demo", tenant_id="acme", agent_name="ledger")
OTHER_APP = tagged(app_id="other", tenant_id="acme", agent_name="hello")
NO_TENANT = tagged(app_id="demo", agent_name="hello")
PARTITION = {"dynamodb:LeadingKeys": ("APP#demo#TENANT#acme",)}
OUR_TAG = {"aws:RequestTag/app_id": ("demo",)}
THROUGH_BEDROCK = {"aws:CalledVia": ("bedrock-agentcore.amazonaws.com",)}
SESSIONS = ["bff-sessions-read.json", "bff-sessions-stream.json", "bff-sessions.json"]

DEEDS: list[tuple[str, str, Context, list[str]]] = [
    # A tenant's data, by the tags of the session alone.
    ("s3:GetObject", NOTE, ACME, ["data-role.json"]),
    ("s3:GetObject", NOTE, GLOBEX, []),
    ("s3:GetObject", NOTE, LEDGER, []),
    ("s3:GetObject", NOTE, OTHER_APP, []),
    ("s3:GetObject", NOTE, NO_TENANT, []),
    ("s3:GetObject", NOTE, {}, []),
    ("dynamodb:GetItem", f"{TABLE}/gatehouse-data", {**ACME, **PARTITION}, ["data-role.json"]),
    ("dynamodb:GetItem", f"{TABLE}/gatehouse-data", {**GLOBEX, **PARTITION}, []),
    ("dynamodb:GetItem", f"{TABLE}/gatehouse-data", {**NO_TENANT, **PARTITION}, []),
    ("dynamodb:GetItem", f"{TABLE}/gatehouse-data", PARTITION, []),
    ("dynamodb:Scan", f"{TABLE}/gatehouse-data", {**ACME, **PARTITION}, []),
    # Sessions: the programs that keep them, and nobody reads them all.
    ("dynamodb:GetItem", f"{TABLE}/gatehouse-sessions", {**ACME, **PARTITION}, SESSIONS),
    ("dynamodb:PutItem", f"{TABLE}/gatehouse-sessions", ACME, SESSIONS[1:]),
    ("dynamodb:DeleteItem", f"{TABLE}/gatehouse-sessions", ACME, SESSIONS[1:]),
    # Of others' partitions the streaming function lists none: it finds what it is asked for.
    ("dynamodb:Query", f"{TABLE}/gatehouse-sessions", {**ACME, **PARTITION}, SESSIONS[2:]),
    (
        "dynamodb:Query",
        f"{TABLE}/gatehouse-sessions",
        {"dynamodb:LeadingKeys": ("APP#demo",)},
        SESSIONS[1:],
    ),
    (
        "dynamodb:Query",
        f"{TABLE}/gatehouse-sessions",
        {"dynamodb:LeadingKeys": ("APP#other",)},
        SESSIONS[2:],
    ),
    ("dynamodb:Scan", f"{TABLE}/gatehouse-sessions", ACME, []),
    # An agent, with all three coordinates.
    ("bedrock-agentcore:InvokeAgentRuntime", RUNTIME, ACME, ["invoke-role.json"]),
    ("bedrock-agentcore:InvokeAgentRuntime", RUNTIME, LEDGER, []),
    ("bedrock-agentcore:InvokeAgentRuntime", RUNTIME, OTHER_APP, []),
    ("bedrock-agentcore:InvokeAgentRuntime", RUNTIME, NO_TENANT, []),
    ("bedrock-agentcore:InvokeAgentRuntime", RUNTIME, {}, []),
    ("bedrock-agentcore:InvokeAgentRuntime", RUNTIME.replace("hello", "ledger"), ACME, []),
    ("bedrock-agentcore:InvokeAgentRuntime", f"{RUNTIME}x", ACME, []),
    (
        "bedrock-agentcore:InvokeAgentRuntimeForUser",
        RUNTIME,
        ACME,
        ["invoke-role-for-user.json"],
    ),
    (
        "bedrock-agentcore:InvokeAgentRuntimeWithWebSocketStream",
        RUNTIME,
        ACME,
        ["invoke-role-websocket.json"],
    ),
    # Grants.
    ("sts:AssumeRole", f"{ROLE}/gatehouse-data-hello", OUR_TAG, ["bff-grants.json"]),
    ("sts:AssumeRole", f"{ROLE}/gatehouse-data-ledger", OUR_TAG, []),
    ("sts:AssumeRole", f"{ROLE}/gatehouse-data-hello", {}, []),
    ("sts:AssumeRole", f"{ROLE}/gatehouse-deploy-dev", OUR_TAG, []),
    # Secrets, each to its reader.
    (
        "secretsmanager:GetSecretValue",
        f"{SECRET}/keyring-a1B2c3",
        {**ACME, "secretsmanager:VersionStage": ("AWSCURRENT",)},
        ["bff-secrets.json"],
    ),
    ("secretsmanager:GetSecretValue", f"{SECRET}/keyring-a1B2c3", ACME, []),
    # The key that signs: those that talk to the provider, and no administrator of keys.
    (
        "kms:Sign",
        SIGNING_KEY,
        {"kms:MessageType": ("DIGEST",), "kms:SigningAlgorithm": ("ECDSA_SHA_256",)},
        ["bff-signing.json"],
    ),
    ("kms:Sign", KEY, {"kms:MessageType": ("DIGEST",)}, []),
    ("kms:PutKeyPolicy", SIGNING_KEY, {}, []),
    ("kms:CreateKey", "*", {}, []),
    ("secretsmanager:GetSecretValue", f"{SECRET}/client-a1B2c3", ACME, []),
    (
        "secretsmanager:GetSecretValue",
        f"{SECRET}/client-a1B2c3",
        THROUGH_BEDROCK,
        ["runtime-role-credential-providers.json"],
    ),
    ("secretsmanager:GetSecretValue", f"{SECRET}/other-a1B2c3", THROUGH_BEDROCK, []),
    # Functions, roles, keys.
    ("lambda:InvokeFunction", f"{FUNCTION}:titanic", ACME, ["gateway-role.json"]),
    ("lambda:InvokeFunction", f"{FUNCTION}:gatehouse-json", ACME, []),
    ("iam:CreateRole", f"{ROLE}/admin", {}, []),
    ("kms:Decrypt", KEY, ACME, []),
    ("kms:ScheduleKeyDeletion", KEY, {"kms:ViaService": ("dynamodb.amazonaws.com",)}, []),
]


@pytest.mark.parametrize(("action", "resource", "context", "may"), DEEDS)
def test_just_these_may(action: str, resource: str, context: Context, may: list[str]) -> None:
    request = Request(action=action, resource=resource, context=context)
    able = [
        name for name in ROLES if isinstance(evaluate(request, identity=[policy_of(name)]), Allowed)
    ]

    assert sorted(able) == sorted(may)


def _services(policy: Policy) -> set[str]:
    return {
        entry.value
        for statement in policy.statements
        if statement.effect is Effect.ALLOW and statement.principals is not None
        for entry in statement.principals.entries
        if entry.kind == "Service"
    }


BY_SERVICES = [name for name in TRUSTS if _services(policy_of(name))]


def _within(policy: Policy) -> dict[str, tuple[str, ...]]:
    """Return a context that the conditions ask for, with patterns filled in."""
    return {
        clause.key: tuple(value.replace("*", "x") for value in clause.values[:1])
        for statement in policy.statements
        for clause in statement.conditions
    }


@pytest.mark.parametrize("name", BY_SERVICES)
def test_a_service_is_trusted_for_this_account_and_is_nobodys_deputy(name: str) -> None:
    policy = policy_of(name)
    (service,) = _services(policy)
    caller = Caller(kind="Service", name=service)
    right = _within(policy)

    assert isinstance(trusts(policy, caller, "sts:AssumeRole", right), Allowed)
    assert isinstance(trusts(policy, caller, "sts:AssumeRole", {}), Denied)
    for key, values in right.items():
        elsewhere = tuple(value.replace(ACCOUNT, OTHER_ACCOUNT) for value in values)
        assert isinstance(
            trusts(policy, caller, "sts:AssumeRole", right | {key: elsewhere}), Denied
        )
        without = {other: value for other, value in right.items() if other != key}
        assert isinstance(trusts(policy, caller, "sts:AssumeRole", without), Denied)


@pytest.mark.parametrize("name", BY_SERVICES)
def test_no_other_service_and_no_person_is_trusted(name: str) -> None:
    policy = policy_of(name)
    right = _within(policy)

    for caller in (
        Caller(kind="Service", name="ec2.amazonaws.com"),
        Caller(name=f"arn:aws:iam::{ACCOUNT}:user/admin", account=ACCOUNT),
        Caller(name=f"arn:aws:iam::{OTHER_ACCOUNT}:root", account=OTHER_ACCOUNT),
    ):
        assert isinstance(trusts(policy, caller, "sts:AssumeRole", right), Denied)
