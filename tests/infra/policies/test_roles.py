"""What each role may do and, above all, what it may not."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from devstack.aws.iam.evaluate import Allowed, Request, evaluate
from fakes.policy_templates import (
    ACCOUNT,
    DATA_BUCKET,
    KEY,
    REGION,
    SIGNING_KEY,
    names,
    policy_of,
    text_of,
)

Context = Mapping[str, tuple[str, ...]]
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"
CORE = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:gatehouse"
KEYRING = f"{SECRET}-demo-dev/session-keys-a1B2c3"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
APIS = f"arn:aws:apigateway:{REGION}::/restapis"
CDN = f"arn:aws:cloudfront::{ACCOUNT}"
PREFIXES = f"arn:aws:ec2:{REGION}:aws:prefix-list/pl-a1b2c3d4"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
CURRENT = {"secretsmanager:VersionStage": ("AWSCURRENT",)}
PREVIOUS = {"secretsmanager:VersionStage": ("AWSPREVIOUS",)}
DIGEST = {"kms:MessageType": ("DIGEST",)}
ES256 = {**DIGEST, "kms:SigningAlgorithm": ("ECDSA_SHA_256",)}
RS256 = {**DIGEST, "kms:SigningAlgorithm": ("RSASSA_PKCS1_V1_5_SHA_256",)}
OUR_TAG = {"aws:RequestTag/app_id": ("demo",)}
THROUGH_BEDROCK = {"aws:CalledVia": ("bedrock-agentcore.amazonaws.com",)}
IN_ACCOUNT = {"aws:ResourceAccount": (ACCOUNT,)}


def may(name: str, action: str, resource: str, context: Context) -> bool:
    request = Request(action=action, resource=resource, context=context)
    return isinstance(evaluate(request, identity=[policy_of(name)]), Allowed)


MAY: list[tuple[str, str, str, Context]] = [
    ("bff-grants.json", "sts:AssumeRole", f"{ROLE}/gatehouse-invoke-hello", OUR_TAG),
    ("bff-grants.json", "sts:TagSession", f"{ROLE}/gatehouse-data-hello", OUR_TAG),
    ("bff-secrets.json", "secretsmanager:GetSecretValue", f"{SECRET}/keyring-a1B2c3", CURRENT),
    ("bff-secrets.json", "secretsmanager:GetSecretValue", f"{SECRET}/keyring-a1B2c3", PREVIOUS),
    ("bff-signing.json", "kms:GetPublicKey", SIGNING_KEY, {}),
    ("bff-signing.json", "kms:Sign", SIGNING_KEY, ES256),
    ("bff-signing.json", "kms:Sign", SIGNING_KEY, RS256),
    ("bff-sessions.json", "dynamodb:Query", f"{TABLE}/gatehouse-sessions", {}),
    ("bff-sessions-read.json", "dynamodb:GetItem", f"{TABLE}/gatehouse-sessions", {}),
    ("bff-sessions-stream.json", "dynamodb:UpdateItem", f"{TABLE}/gatehouse-sessions", {}),
    ("gateway-role.json", "lambda:InvokeFunction", f"{LAMBDA}:titanic", {}),
    (
        "runtime-role-gateway.json",
        "bedrock-agentcore:InvokeGateway",
        f"{CORE}:gateway/hello-dev-a1b2c3d4e5",
        {},
    ),
    (
        "runtime-role-credential-providers.json",
        "secretsmanager:GetSecretValue",
        f"{SECRET}/client-a1B2c3",
        THROUGH_BEDROCK,
    ),
    (
        "browser-role.json",
        "s3:PutObject",
        "arn:aws:s3:::gatehouse-recordings/hello/1.json",
        IN_ACCOUNT,
    ),
    (
        "function-logs.json",
        "logs:PutLogEvents",
        f"{LOGS}:/aws/lambda/gatehouse-json:log-stream:a",
        {},
    ),
    (
        "deploy-role.json",
        "s3:PutObject",
        "arn:aws:s3:::gatehouse-state/agentcore/terraform.tfstate",
        {},
    ),
    (
        "deploy-role.json",
        "iam:PassRole",
        f"{ROLE}/gatehouse-json",
        {"iam:PassedToService": ("lambda.amazonaws.com",)},
    ),
    ("deploy-role.json", "secretsmanager:DescribeSecret", f"{SECRET}/keyring-a1B2c3", {}),
    # The first keyring is made by the apply, and read by nobody there.
    ("deploy-role.json", "secretsmanager:DescribeSecret", KEYRING, {}),
    ("deploy-role.json", "secretsmanager:PutSecretValue", KEYRING, {}),
    # What every apply of agentcore-bff asks for (Service Authorization Reference).
    ("deploy-role.json", "apigateway:UpdateRestApiPolicy", f"{APIS}/a1b2c3d4e5", {}),
    ("deploy-role.json", "apigateway:SetWebACL", f"{APIS}/a1b2c3d4e5/stages/live", {}),
    ("deploy-role.json", "cloudfront:CreateFunction", f"{CDN}:function/gatehouse-page", {}),
    ("deploy-role.json", "cloudfront:DescribeFunction", f"{CDN}:function/gatehouse-page", {}),
    ("deploy-role.json", "cloudfront:PublishFunction", f"{CDN}:function/gatehouse-page", {}),
    (
        "deploy-role.json",
        "cloudfront:AllowVendedLogDeliveryForResource",
        f"{CDN}:distribution/E1",
        {},
    ),
    ("deploy-role.json", "ec2:DescribeManagedPrefixLists", "*", {}),
    ("deploy-role.json", "ec2:GetManagedPrefixListEntries", PREFIXES, {}),
    # An app whose name looks like the bucket that it is kept out of.
    (
        "deploy-role.json",
        "s3:PutObject",
        "arn:aws:s3:::gatehouse-my-data-dev-packages-0123456789ab/json/1.zip",
        {},
    ),
]

MAY_NOT: list[tuple[str, str, str, Context]] = [
    # Grants: other agents' roles, other apps, and sessions without the app's tag.
    ("bff-grants.json", "sts:AssumeRole", f"{ROLE}/gatehouse-invoke-other", OUR_TAG),
    ("bff-grants.json", "sts:AssumeRole", f"{ROLE}/gatehouse-invoke-hello2", OUR_TAG),
    (
        "bff-grants.json",
        "sts:AssumeRole",
        f"{ROLE}/gatehouse-invoke-hello",
        {"aws:RequestTag/app_id": ("other",)},
    ),
    ("bff-grants.json", "sts:AssumeRole", f"{ROLE}/gatehouse-invoke-hello", {}),
    ("bff-grants.json", "sts:AssumeRole", f"{ROLE}/admin", OUR_TAG),
    # Secrets: somebody else's, versions that are not in force, and listing them.
    ("bff-secrets.json", "secretsmanager:GetSecretValue", f"{SECRET}/other-a1B2c3", CURRENT),
    ("bff-secrets.json", "secretsmanager:GetSecretValue", f"{SECRET}/keyring-a1B2c3x", CURRENT),
    ("bff-secrets.json", "secretsmanager:GetSecretValue", f"{SECRET}/keyring-a1B2c3", {}),
    (
        "bff-secrets.json",
        "secretsmanager:GetSecretValue",
        f"{SECRET}/keyring-a1B2c3",
        {"secretsmanager:VersionStage": ("AWSPENDING",)},
    ),
    (
        "bff-secrets.json",
        "secretsmanager:GetSecretValue",
        f"{SECRET}/keyring-a1B2c3",
        {"secretsmanager:VersionId": ("v1",)},
    ),
    ("bff-secrets.json", "secretsmanager:DescribeSecret", f"{SECRET}/keyring-a1B2c3", CURRENT),
    # Signing: by another key, whole messages, in other ways, and all else that keys can do.
    ("bff-signing.json", "kms:Sign", KEY, ES256),
    ("bff-signing.json", "kms:Sign", f"{SIGNING_KEY}1", ES256),
    ("bff-signing.json", "kms:Sign", SIGNING_KEY, {}),
    ("bff-signing.json", "kms:Sign", SIGNING_KEY, DIGEST),
    ("bff-signing.json", "kms:Sign", SIGNING_KEY, {**ES256, "kms:MessageType": ("RAW",)}),
    (
        "bff-signing.json",
        "kms:Sign",
        SIGNING_KEY,
        {**DIGEST, "kms:SigningAlgorithm": ("RSASSA_PSS_SHA_256",)},
    ),
    ("bff-signing.json", "kms:GetPublicKey", KEY, {}),
    ("bff-signing.json", "kms:Decrypt", SIGNING_KEY, {}),
    ("bff-signing.json", "kms:CreateGrant", SIGNING_KEY, {}),
    ("bff-signing.json", "kms:PutKeyPolicy", SIGNING_KEY, {}),
    ("bff-signing.json", "kms:DisableKey", SIGNING_KEY, {}),
    ("bff-signing.json", "kms:ScheduleKeyDeletion", SIGNING_KEY, {}),
    ("bff-secrets.json", "secretsmanager:ListSecrets", "*", CURRENT),
    ("bff-secrets.json", "secretsmanager:PutSecretValue", f"{SECRET}/keyring-a1B2c3", CURRENT),
    # Sessions: the tenants' data, scans, and whatever the function does not do.
    ("bff-sessions.json", "dynamodb:GetItem", f"{TABLE}/gatehouse-data", {}),
    ("bff-sessions.json", "dynamodb:Scan", f"{TABLE}/gatehouse-sessions", {}),
    ("bff-sessions.json", "dynamodb:Query", f"{TABLE}/gatehouse-sessions/index/any", {}),
    ("bff-sessions.json", "dynamodb:PartiQLSelect", f"{TABLE}/gatehouse-sessions", {}),
    ("bff-sessions.json", "dynamodb:DeleteTable", f"{TABLE}/gatehouse-sessions", {}),
    ("bff-sessions-read.json", "dynamodb:UpdateItem", f"{TABLE}/gatehouse-sessions", {}),
    ("bff-sessions-read.json", "dynamodb:Query", f"{TABLE}/gatehouse-sessions", {}),
    ("bff-sessions-read.json", "dynamodb:DeleteItem", f"{TABLE}/gatehouse-sessions", {}),
    # Tools: a function that is no target, and a gateway of another agent.
    ("gateway-role.json", "lambda:InvokeFunction", f"{LAMBDA}:titanic-2", {}),
    ("gateway-role.json", "lambda:InvokeFunction", f"{LAMBDA}:gatehouse-json", {}),
    (
        "runtime-role-gateway.json",
        "bedrock-agentcore:InvokeGateway",
        f"{CORE}:gateway/other-dev-a1b2c3d4e5",
        {},
    ),
    # A client secret read by the agent's own code, and not by the identity service for it.
    (
        "runtime-role-credential-providers.json",
        "secretsmanager:GetSecretValue",
        f"{SECRET}/client-a1B2c3",
        {},
    ),
    (
        "runtime-role-credential-providers.json",
        "secretsmanager:GetSecretValue",
        f"{SECRET}/client-a1B2c3",
        {"aws:CalledVia": ("cloudformation.amazonaws.com",)},
    ),
    # Confused deputy by a bucket's name: the bucket of that name in another account.
    (
        "browser-role.json",
        "s3:PutObject",
        "arn:aws:s3:::gatehouse-recordings/hello/1.json",
        {"aws:ResourceAccount": ("999999999999",)},
    ),
    (
        "browser-role.json",
        "s3:PutObject",
        "arn:aws:s3:::gatehouse-recordings/other/1.json",
        IN_ACCOUNT,
    ),
    (
        "browser-role.json",
        "s3:GetObject",
        "arn:aws:s3:::gatehouse-recordings/hello/1.json",
        IN_ACCOUNT,
    ),
    (
        "function-logs.json",
        "logs:PutLogEvents",
        f"{LOGS}:/aws/lambda/gatehouse-stream:log-stream:a",
        {},
    ),
    (
        "function-logs.json",
        "logs:GetLogEvents",
        f"{LOGS}:/aws/lambda/gatehouse-json:log-stream:a",
        {},
    ),
    # The pipeline: itself, people's roles, other services, secrets' values, tenants' data.
    ("deploy-role.json", "iam:PutRolePolicy", f"{ROLE}/gatehouse-deploy-dev", {}),
    ("deploy-role.json", "iam:UpdateAssumeRolePolicy", f"{ROLE}/gatehouse-deploy-prod", {}),
    ("deploy-role.json", "iam:CreateRole", f"{ROLE}/admin", {}),
    (
        "deploy-role.json",
        "iam:PassRole",
        f"{ROLE}/gatehouse-json",
        {"iam:PassedToService": ("ec2.amazonaws.com",)},
    ),
    (
        "deploy-role.json",
        "iam:AttachRolePolicy",
        f"{ROLE}/gatehouse-json",
        {"iam:PolicyARN": ("arn:aws:iam::aws:policy/AdministratorAccess",)},
    ),
    ("deploy-role.json", "iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/x", {}),
    ("deploy-role.json", "secretsmanager:GetSecretValue", f"{SECRET}/keyring-a1B2c3", {}),
    ("deploy-role.json", "secretsmanager:GetSecretValue", KEYRING, {}),
    ("deploy-role.json", "secretsmanager:PutSecretValue", f"{SECRET}-demo-dev/client-a1B2c3", {}),
    ("deploy-role.json", "dynamodb:GetItem", f"{TABLE}/gatehouse-sessions", {}),
    (
        "deploy-role.json",
        "s3:GetObject",
        f"arn:aws:s3:::{DATA_BUCKET}/demo/acme/hello/notes/-packages-/1.json",
        {},
    ),
    ("deploy-role.json", "s3:PutObject", f"arn:aws:s3:::{DATA_BUCKET}/demo/acme/hello/1", {}),
    ("deploy-role.json", "s3:DeleteBucket", "arn:aws:s3:::gatehouse-state", {}),
    ("deploy-role.json", "s3:PutBucketPolicy", "arn:aws:s3:::gatehouse-state", {}),
    ("deploy-role.json", "s3:PutBucketVersioning", "arn:aws:s3:::gatehouse-state", {}),
    ("deploy-role.json", "s3:DeleteBucket", "arn:aws:s3:::somebody-elses", {}),
    ("deploy-role.json", "sts:AssumeRole", f"{ROLE}/gatehouse-invoke-hello", {}),
    (
        "deploy-role.json",
        "bedrock-agentcore:InvokeAgentRuntime",
        f"{CORE}:runtime/hello-a1B2c3D4e5",
        {},
    ),
    # A key is used through the services that hold what it encrypts, never directly.
    ("customer-key.json", "kms:Decrypt", KEY, {}),
    ("customer-key.json", "kms:Decrypt", KEY, {"kms:ViaService": (f"s3.{REGION}.amazonaws.com",)}),
]


@pytest.mark.parametrize(("name", "action", "resource", "context"), MAY)
def test_its_work_is_allowed(name: str, action: str, resource: str, context: Context) -> None:
    assert may(name, action, resource, context)


@pytest.mark.parametrize(("name", "action", "resource", "context"), MAY_NOT)
def test_what_is_not_its_work_is_refused(
    name: str, action: str, resource: str, context: Context
) -> None:
    assert not may(name, action, resource, context)


RUNTIME = [name for name in names() if name.startswith("runtime-role")]
TENANTS_DATA = [
    ("s3:GetObject", f"arn:aws:s3:::{DATA_BUCKET}/demo/acme/hello/notes/1.json"),
    ("s3:ListBucket", f"arn:aws:s3:::{DATA_BUCKET}"),
    ("dynamodb:GetItem", f"{TABLE}/gatehouse-data"),
    ("dynamodb:GetItem", f"{TABLE}/gatehouse-sessions"),
    ("sts:AssumeRole", f"{ROLE}/gatehouse-data-hello"),
    ("sts:AssumeRole", f"{ROLE}/gatehouse-invoke-hello"),
    ("secretsmanager:GetSecretValue", f"{SECRET}/keyring-a1B2c3"),
    ("bedrock-agentcore:InvokeAgentRuntimeCommand", f"{CORE}:runtime/hello-a1B2c3D4e5"),
]


@pytest.mark.parametrize(("action", "resource"), TENANTS_DATA)
def test_code_in_the_runtime_reaches_no_tenants_data_by_the_runtimes_own_role(
    action: str, resource: str
) -> None:
    """A compromised agent: whatever runs in the microVM can read these credentials."""
    identity = [policy_of(name) for name in RUNTIME]
    context = {"aws:CalledVia": ("bedrock-agentcore.amazonaws.com",), **CURRENT, **IN_ACCOUNT}
    request = Request(action=action, resource=resource, context=context)

    assert len(identity) > 5
    assert not isinstance(evaluate(request, identity=identity), Allowed)


@pytest.mark.parametrize(
    "operation", ["InvokeAgentRuntimeCommand", "InvokeAgentRuntimeCommandShell"]
)
def test_no_role_may_run_commands_in_an_agents_container(operation: str) -> None:
    runtime = f"{CORE}:runtime/hello-a1B2c3D4e5"
    tags = {"app_id": "demo", "tenant_id": "acme", "agent_name": "hello"}
    context = {f"aws:PrincipalTag/{key}": (value,) for key, value in tags.items()}
    roles = [name for name in names() if "trust" not in name and "bucket" not in name]

    allowed = [
        name
        for name in roles
        if '"Principal"' not in text_of(name)
        and may(name, f"bedrock-agentcore:{operation}", runtime, context)
    ]

    assert allowed == []


def _statements(name: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(text_of(name))["Statement"]
    return statements


def test_the_page_is_read_by_this_distribution_and_nobody_else() -> None:
    (allow,) = [one for one in _statements("spa-bucket.json") if one["Effect"] == "Allow"]

    assert allow["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allow["Condition"]["ArnEquals"]["aws:SourceArn"].startswith(
        f"arn:aws:cloudfront::{ACCOUNT}:distribution/"
    )
