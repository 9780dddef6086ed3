"""The templates of `infra/policies`, filled as for one deployment."""

from pathlib import Path

from devstack.aws.iam.policy import (
    Policy,
    parse_policy,
    parse_resource_policy,
    parse_trust_policy,
)
from devstack.aws.iam.template import filled

FOLDER = Path(__file__).parents[2] / "infra" / "policies"
ACCOUNT = "123456789012"
REGION = "us-east-1"
_CORE = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}"
RUNTIME = f"{_CORE}:runtime/hello-a1B2c3D4e5"
BFF_ROLE = f"arn:aws:iam::{ACCOUNT}:role/gatehouse-bff"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
SIGNING_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/66666666-7777-8888-9999-000000000000"
ISSUER = "gitlab.example"
DATA_BUCKET = "gatehouse-demo-dev-data-0123456789ab"
"""Named as the module names it: the pipeline's role is kept out of it by this form."""
VALUES: dict[str, str | list[str]] = {
    "PARTITION": "aws",
    "ACCOUNT": ACCOUNT,
    "REGION": REGION,
    "APP": "demo",
    "AGENT": "hello",
    "ENVIRONMENT": "dev",
    "AGENT_IDENTIFIER": "hello_dev",
    "AGENT_GROUP": "hello/dev",
    "TENANTS": ["acme", "globex"],
    "RUNTIME_ARN": RUNTIME,
    "RUNTIME_NAME": "hello_dev_runtime",
    "BFF_ROLE_ARN": BFF_ROLE,
    "GRANT_ROLE_ARNS": [
        f"arn:aws:iam::{ACCOUNT}:role/gatehouse-invoke-hello",
        f"arn:aws:iam::{ACCOUNT}:role/gatehouse-data-hello",
    ],
    "DATA_BUCKET": DATA_BUCKET,
    "DATA_TABLE": "gatehouse-data",
    "SESSION_TABLE": "gatehouse-sessions",
    "BUCKET": "gatehouse-bucket",
    "RECORDING_BUCKET": "gatehouse-recordings",
    "RECORDING_PREFIX": "hello",
    "STATE_BUCKET": "gatehouse-state",
    "SECRET_ARNS": [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:gatehouse/keyring-a1B2c3"],
    "SIGNING_KEY_ARN": SIGNING_KEY,
    "CLIENT_SECRET_ARNS": [
        f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:gatehouse/client-a1B2c3"
    ],
    "LOG_GROUP": "/aws/lambda/gatehouse-json",
    "KEY_ARN": KEY,
    "KMS_KEY_ARN": KEY,
    "DISTRIBUTION_ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1ABCDEF",
    "CLOUDFRONT_NETWORKS": ["192.0.2.0/24"],
    "REPOSITORY_ARN": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/gatehouse",
    "DELIVERY_SOURCE": "gatehouse-gateway",
    "DELIVERY_SOURCE_ARNS": [f"arn:aws:logs:{REGION}:{ACCOUNT}:delivery-source:gatehouse-gateway"],
    "MODEL_ARNS": [f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-sonnet-4-5"],
    "MEMORY_ARN": f"{_CORE}:memory/hello_dev-a1B2c3D4e5",
    "GATEWAY_ARN": f"{_CORE}:gateway/hello-dev-a1b2c3d4e5",
    "GATEWAY_NAME": "hello-dev",
    "TARGET_LAMBDA_ARNS": [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:titanic"],
    "SCHEMA_OBJECT_ARNS": ["arn:aws:s3:::gatehouse-schemas/titanic.json"],
    "POLICY_ENGINE_ARN": f"{_CORE}:policy-engine/hello_dev-a1B2c3D4e5",
    "BROWSER_ARN": f"{_CORE}:browser-custom/hello_dev-a1B2c3D4e5",
    "BROWSER_NAME": "hello_dev",
    "CODE_INTERPRETER_ARN": f"{_CORE}:code-interpreter-custom/hello_dev-a1B2c3D4e5",
    "GUARDRAIL_ARN": f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/abc123def456",
    "WORKLOAD_IDENTITY_ARN": (
        f"{_CORE}:workload-identity-directory/default/workload-identity/hello"
    ),
    "TOKEN_RESOURCE_ARNS": [f"{_CORE}:token-vault/default"],
    "PROVIDER_ARN": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}",
    "ISSUER_HOST": ISSUER,
    "AUDIENCE": "sts.amazonaws.com",
    "PROJECT": "acme/gatehouse",
    "REF_TYPE": "branch",
    "REF": "main",
    "DEPLOY_ROLE": "gatehouse-deploy-dev",
}
"""What stands for each placeholder; a new one gets its line here and in the folder's README."""


def names() -> list[str]:
    """Return the names of all templates."""
    return sorted(path.name for path in FOLDER.glob("*.json"))


def text_of(name: str) -> str:
    """Return one template, filled."""
    return filled((FOLDER / name).read_text(encoding="utf-8"), VALUES)


def policy_of(name: str) -> Policy:
    """Return one document, read as strictly as AWS reads it."""
    text = text_of(name)
    if name.removesuffix("-prefix.json").removesuffix(".json").endswith("-trust"):
        return parse_trust_policy(text)
    return parse_resource_policy(text) if '"Principal"' in text else parse_policy(text)
