"""Agents of a made-up account."""

from trust.coordinates import AgentName, TenantId
from trust.registry.record import Agent, AgentAuth, Protocol

ACCOUNT = "123456789012"
RUNTIME_ARN = f"arn:aws:bedrock-agentcore:us-east-1:{ACCOUNT}:runtime/hello-a1B2c3D4e5"
INVOKE_ROLE = f"arn:aws:iam::{ACCOUNT}:role/gatehouse-invoke-hello"
DATA_ROLE = f"arn:aws:iam::{ACCOUNT}:role/gatehouse-data-hello"

HELLO = Agent(
    name=AgentName("hello"),
    title="Hello World",
    description="",
    protocol=Protocol.AGUI,
    runtime_arn=RUNTIME_ARN,
    auth=AgentAuth.SIGV4,
    tenants=frozenset({TenantId("acme"), TenantId("globex")}),
    invoke_role_arn=INVOKE_ROLE,
    data_role_arn=DATA_ROLE,
    data_bucket="gatehouse-data",
    data_table="gatehouse-data",
)
