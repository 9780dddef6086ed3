"""The session policies: what a grant is narrowed to, spelled per call with literal names.

The role's own policy says the same with `${aws:PrincipalTag/…}`: a mistake in either layer is
contained by the other. Names are slugs (`trust.coordinates`), so nothing has to be escaped; the
builder still proves that no pattern stands outside the places of its own templates.
"""

import json
from collections.abc import Mapping, Sequence
from enum import Enum

from trust.coordinates import Coordinates
from trust.errors import SettingsError

MAX_POLICY_CHARS = 2048
"""Longest inline session policy, in characters (AWS STS AssumeRole, parameter `Policy`)."""

_PATTERN = frozenset("*?$")

Statement = Mapping[str, object]


class PolicyRefused(SettingsError):
    """A name would widen the policy, or the policy is too long for STS."""

    code, title = "policy_refused", "The agent is not configured correctly."

    def __init__(self, fault: str) -> None:
        super().__init__([fault])


class Extra(Enum):
    """What an agent's entry may ask for beyond invoking and stopping."""

    USER = "for_user"
    """Saying which user it is for; whoever may do that can act for anybody."""
    WEBSOCKET = "websocket"
    CARD = "card"
    """Reading the card of an A2A agent."""


_ACTIONS: tuple[tuple[frozenset[Extra], str], ...] = (
    (frozenset(), "InvokeAgentRuntime"),
    (frozenset({Extra.USER}), "InvokeAgentRuntimeForUser"),
    (frozenset({Extra.WEBSOCKET}), "InvokeAgentRuntimeWithWebSocketStream"),
    (frozenset({Extra.WEBSOCKET, Extra.USER}), "InvokeAgentRuntimeWithWebSocketStreamForUser"),
    (frozenset({Extra.CARD}), "GetAgentCard"),
    (frozenset(), "StopRuntimeSession"),
)
"""Each action with what it needs (Service Authorization Reference, Amazon Bedrock AgentCore)."""


def caller_policy(runtime_arn: str, *extras: Extra) -> str:
    """Return the policy of a caller grant: invoke and stop this runtime, and `extras`."""
    _literal(runtime_arn)
    allowed = [action for needed, action in _ACTIONS if needed.issubset(extras)]
    statement = {
        "Effect": "Allow",
        "Action": [f"bedrock-agentcore:{action}" for action in allowed],
        # The second form is the runtime's endpoints (…/runtime-endpoint/NAME).
        "Resource": [runtime_arn, f"{runtime_arn}/*"],
    }
    return _document([statement])


def data_policy(coordinates: Coordinates, *, bucket: str | None, table_arn: str | None) -> str:
    """Return the policy of a data grant: this tenant's prefix and this tenant's partition."""
    for name in (coordinates.prefix, coordinates.partition, bucket or "", table_arn or ""):
        _literal(name)
    if not bucket and not table_arn:
        raise PolicyRefused("a data grant needs a bucket or a table")
    # Both are in the same partition of AWS (`aws`, `aws-cn`, `aws-us-gov`).
    aws = table_arn.split(":")[1] if table_arn and ":" in table_arn else "aws"
    bucket_arn = f"arn:{aws}:s3:::{bucket}"
    return _document(
        [
            *(_bucket_statements(bucket_arn, coordinates.prefix) if bucket else []),
            *(_table_statements(table_arn, coordinates.partition) if table_arn else []),
        ]
    )


def _bucket_statements(bucket_arn: str, prefix: str) -> list[Statement]:
    return [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": f"{bucket_arn}/{prefix}*",
        },
        {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": bucket_arn,
            "Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}},
        },
    ]


def _table_statements(table_arn: str, partition: str) -> list[Statement]:
    return [
        {
            "Effect": "Allow",
            "Action": [f"dynamodb:{verb}Item" for verb in ("Get", "Put", "Update", "Delete")]
            + ["dynamodb:Query"],
            "Resource": table_arn,
            "Condition": {
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": partition},
                # ForAllValues is true of no values at all: the key must be there.
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        }
    ]


def _literal(name: str) -> None:
    if _PATTERN & set(name) or not name.isascii():
        raise PolicyRefused(f"{name!r} would be a pattern in an IAM policy")


def _document(statements: Sequence[Statement]) -> str:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    text = json.dumps(document, separators=(",", ":"))
    if len(text) > MAX_POLICY_CHARS:
        raise PolicyRefused(f"the session policy has {len(text)} characters, of {MAX_POLICY_CHARS}")
    return text
