"""What exists in the local AWS when it starts: roles, keys, bucket, tables, agents."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.aws.agentcore.runtime import Contract
from devstack.aws.iam.policy import parse_policy, parse_trust_policy
from devstack.aws.iam.role import Role
from devstack.aws.iam.template import filled
from devstack.aws.kms.keys import Keys
from devstack.aws.moto import StoreRequest
from devstack.aws.place import Place
from devstack.aws.runners import (
    OPERATOR,
    RUNNERS,
    SECRET_SUFFIX,
    SECRETS,
    SIGNING_KEY_ALIAS,
    SIGNING_KEY_ID,
    KeyPair,
    granting,
    key_of,
    secret_arn,
    signing_key_arn,
)
from devstack.aws.services.jsonrpc import DYNAMODB, SECRETS_MANAGER
from devstack.aws.sts.principal import Principal, role_key

PLACE = Place(account="123456789012", region="us-east-1")
APP = "demo"
DATA_BUCKET = "gatehouse-data"
DATA_TABLE = "gatehouse-data"
SESSION_TABLE = "gatehouse-sessions"
TABLES = (DATA_TABLE, SESSION_TABLE)
EXPIRY_ATTRIBUTE = "expires_at"
LONGEST_SESSION_S = 43_200
"""`MaxSessionDuration` of the roles; a chained session gets an hour of it at most."""

Values = dict[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One agent of the registry, as far as AWS knows of it."""

    name: str
    runtime_id: str
    tenants: tuple[str, ...]
    contract: Contract = Contract.HTTP
    websocket: bool = False
    """Whether its role has the permission for WebSockets; the registry decides who gets it."""

    @property
    def runtime_arn(self) -> str:
        """The ARN of its runtime."""
        return PLACE.arn("bedrock-agentcore", f"runtime/{self.runtime_id}")


A2A_HEADERS = frozenset({"a2a-version", "a2a-extensions", "x-a2a-extensions"})
"""What the runtime of an A2A agent has to have on its `requestHeaderAllowlist`."""

AGENTS = (
    Agent(name="hello", runtime_id="hello-a1B2c3D4e5", tenants=("acme", "globex"), websocket=True),
    Agent(name="ledger", runtime_id="ledger-f6G7h8I9j0", tenants=("acme",)),
)


RPC_AGENTS = (
    Agent(
        name="tools",
        runtime_id="tools-k1L2m3N4o5",
        tenants=("acme", "globex"),
        contract=Contract.MCP,
    ),
    Agent(name="peer", runtime_id="peer-p6Q7r8S9t0", tenants=("acme",), contract=Contract.A2A),
)
"""Agents of other protocols; they are there if they are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """The roles of the account."""

    runners: Mapping[str, Role]
    """By name: the container `gatehouse-bff` and the three functions."""
    operator: Role
    runtime: Role
    of_agents: tuple[Role, ...]

    @property
    def bff(self) -> Role:
        """The container's role, which the usual processes have."""
        return self.runners["gatehouse-bff"]

    @property
    def with_keys(self) -> tuple[Role, ...]:
        """Those whose programs hold a key instead of asking for credentials."""
        return (*self.runners.values(), self.operator)

    @property
    def by_arn(self) -> Mapping[str, Role]:
        """All of them."""
        return {role.arn: role for role in (*self.with_keys, self.runtime, *self.of_agents)}


def roles(policies: Path, agents: Sequence[Agent] = AGENTS) -> Roles:
    """Fill the product's own policy templates. Raises OSError, TemplateError, MalformedPolicy."""

    def role(name: str, *granted: str, trust: str, values: Values) -> Role:
        texts = [filled((policies / policy).read_text("utf-8"), values) for policy in granted]
        trusted = filled((policies / trust).read_text("utf-8"), values) if trust else _NOBODY
        return Role(
            name=name,
            arn=_role_arn(name),
            trust=parse_trust_policy(trusted),
            policies=tuple(parse_policy(text) for text in texts),
            max_session_seconds=LONGEST_SESSION_S,
        )

    common = _common_values(agents)
    return Roles(
        runners={
            name: role(name, *granted, trust="", values=common | _log_group_of(name))
            for name, granted in RUNNERS.items()
        },
        operator=_operator(),
        runtime=role(
            "gatehouse-runtime",
            "runtime-role.json",
            trust="runtime-trust.json",
            values=common,
        ),
        of_agents=tuple(
            role(
                f"gatehouse-{kind}-{agent.name}",
                *_policies_of(agent, kind),
                trust=f"{kind}-trust.json",
                values=common | _values_of(agent),
            )
            for agent in agents
            for kind in ("invoke", "data")
        ),
    )


def _policies_of(agent: Agent, kind: str) -> tuple[str, ...]:
    more = {
        "invoke-role-websocket.json": agent.websocket,
        "invoke-role-agent-card.json": agent.contract is Contract.A2A,
    }
    wanted = [name for name, asked in more.items() if asked] if kind == "invoke" else []
    return (f"{kind}-role.json", *wanted)


_NOBODY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
        },
    }
)
"""A runner's role is assumed by its container service or by Lambda; here a key stands for that."""


def _operator() -> Role:
    """Return the role that may put values into the secrets, and nothing else."""
    statement = {
        "Sid": "PutValues",
        "Effect": "Allow",
        "Action": "secretsmanager:PutSecretValue",
        "Resource": [secret_arn(name, PLACE) for name in SECRETS],
    }
    return Role(
        name=OPERATOR,
        arn=_role_arn(OPERATOR),
        trust=parse_trust_policy(_NOBODY),
        policies=(parse_policy(json.dumps({"Version": "2012-10-17", "Statement": statement})),),
        max_session_seconds=LONGEST_SESSION_S,
    )


def _common_values(agents: Sequence[Agent]) -> Values:
    return {
        "ACCOUNT": PLACE.account,
        "REGION": PLACE.region,
        "APP": APP,
        "BFF_ROLE_ARN": [_role_arn(name) for name in granting()],
        "GRANT_ROLE_ARNS": [
            _role_arn(f"gatehouse-{kind}-{agent.name}")
            for agent in agents
            for kind in ("invoke", "data")
        ],
        "SIGNING_KEY_ARN": signing_key_arn(PLACE),
        "SECRET_ARNS": [secret_arn(name, PLACE) for name in SECRETS],
        "DATA_BUCKET": DATA_BUCKET,
        "DATA_TABLE": DATA_TABLE,
        "SESSION_TABLE": SESSION_TABLE,
    }


def _log_group_of(name: str) -> Values:
    return {"LOG_GROUP": f"/aws/lambda/{name}"}


def _values_of(agent: Agent) -> Values:
    return {"AGENT": agent.name, "TENANTS": agent.tenants, "RUNTIME_ARN": agent.runtime_arn}


def _role_arn(name: str) -> str:
    return f"arn:aws:iam::{PLACE.account}:role/{name}"


def keys(known: Roles, bff: KeyPair) -> tuple[Principal, ...]:
    """Return the keys that the programs sign with; `bff` is the container's."""
    pairs = ((role, key_of(role.name, bff)) for role in known.with_keys)
    return tuple(
        role_key(
            role,
            access_key_id=pair.access_key_id,
            secret_access_key=pair.secret_access_key,
            session_name=role.name,
        )
        for role, pair in pairs
    )


def seeds() -> Iterator[StoreRequest]:
    """Return the calls that create bucket, tables and secrets in an empty store."""
    yield StoreRequest(service="s3", method="PUT", path=f"/{DATA_BUCKET}")
    for table in TABLES:
        yield DYNAMODB.call("CreateTable", _table(table))
        yield DYNAMODB.call("UpdateTimeToLive", _expiry(table))
    for name in SECRETS:
        yield SECRETS_MANAGER.call("CreateSecret", _secret(name))


def signing_keys() -> Keys:
    """Return KMS with the one key that there is at the start: ours as a client of the provider.

    It is another one at each start, like a deployment's: its public part has to be asked for.
    """
    keys = Keys(PLACE)
    ours = keys.create(spec="ECC_NIST_P256", usage="SIGN_VERIFY", key_id=SIGNING_KEY_ID)
    keys.name(SIGNING_KEY_ALIAS, ours, anew=False)
    return keys


def _table(name: str) -> dict[str, object]:
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    }


def _expiry(name: str) -> dict[str, object]:
    return {
        "TableName": name,
        "TimeToLiveSpecification": {"AttributeName": EXPIRY_ATTRIBUTE, "Enabled": True},
    }


def _secret(name: str) -> dict[str, object]:
    # moto's own tag for what it would make up otherwise.
    return {"Name": name, "Tags": [{"Key": "_custom_id_", "Value": SECRET_SUFFIX}]}
