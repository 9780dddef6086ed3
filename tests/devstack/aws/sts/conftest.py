"""A small account with a BFF, the roles of one agent, and boto3 clients that talk to it directly.

The clients are real: botocore serialises the form and parses the XML; only the wire is left out.
"""

import io
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

import boto3
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from devstack.aws.iam.policy import parse_policy, parse_trust_policy
from devstack.aws.iam.role import Role
from devstack.aws.sts.answer import RANDOM_BYTES, answer_sts
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.principal import Principal, role_key
from trust.secret import Secret

ACCOUNT = "123456789012"
NOW = 1_795_000_000
KEY = "AKIAGATEHOUSEBFF0000"


def role_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def role(name: str, *, trusted: object, allows: list[dict[str, Any]], **more: Any) -> Role:
    """Return a role; `trusted` is a Principal, or whole statements of its trust policy."""
    statements = trusted if isinstance(trusted, list) else [trust_statement(trusted)]
    return Role(
        name=name.rpartition("/")[2],
        arn=role_arn(name),
        trust=parse_trust_policy({"Version": "2012-10-17", "Statement": statements}),
        policies=(parse_policy({"Version": "2012-10-17", "Statement": allows}),),
        **more,
    )


def trust_statement(principal: object, **elements: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    } | elements


def allow(action: str | list[str], resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


@dataclass
class Account:
    """Keys and roles, and a clock that stands still until it is set."""

    roles: dict[str, Role]
    identities: Identities
    now: int = NOW
    calls: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])

    def client(self, credentials: Mapping[str, Any] | None = None, *, signed: bool = True) -> Any:
        """Return an STS client for some credentials, by default the BFF's."""
        given = credentials or {"AccessKeyId": KEY, "SecretAccessKey": "bff"}
        client = boto3.client(
            "sts",
            region_name="us-east-1",
            endpoint_url="http://127.0.0.1:9",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given.get("SessionToken"),
            config=Config(
                parameter_validation=False,
                retries={"total_max_attempts": 1},
                **({} if signed else {"signature_version": UNSIGNED}),
            ),
        )
        caller = self.owner(given) if signed else None
        client.meta.events.register("before-send.sts", self._wire(caller))
        return client

    def owner(self, credentials: Mapping[str, Any]) -> Principal:
        """Find who holds some credentials."""
        return self.identities.find(
            credentials["AccessKeyId"],
            session_token=credentials.get("SessionToken"),
            now=self.now,
        )

    def _wire(self, caller: Principal | None) -> Callable[..., Any]:
        def send(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
            form = dict(parse_qsl(text(request.body), keep_blank_values=True))
            self.calls.append(form)
            status, xml = self.answer(form, caller)
            headers = HTTPHeaders.from_dict({"Content-Type": "text/xml"})
            return AWSResponse(request.url, status, headers, Raw(xml))

        return send

    def answer(self, form: Mapping[str, str], caller: Principal | None) -> tuple[int, bytes]:
        """Answer a form without boto3, for what boto3 cannot send."""
        return answer_sts(
            form,
            caller,
            self.identities,
            self.roles,
            now=self.now,
            random=secrets.token_bytes(RANDOM_BYTES),
        )

    def replace_role(self, name: str, /, **changes: Any) -> Role:
        """Change a role and return it."""
        changed = replace(self.roles[name], **changes)
        self.roles[name] = changed
        return changed

    def trust(self, name: str, principal: object, **elements: Any) -> None:
        """Give a role another trust policy."""
        raw = {"Version": "2012-10-17", "Statement": trust_statement(principal, **elements)}
        self.replace_role(name, trust=parse_trust_policy(raw))

    def narrow_key(self, *actions: str) -> dict[str, str]:
        """Return credentials of the BFF's role that may do just some actions, or none."""
        policy = parse_policy({"Statement": allow(list(actions) or ["sqs:*"])})
        key = role_key(
            replace(self.roles["gatehouse-bff"], policies=(policy,)),
            access_key_id="AKIANARROW",
            secret_access_key=Secret("narrow"),
            session_name="narrow",
        )
        self.identities.add(key, now=self.now)
        return {"AccessKeyId": "AKIANARROW", "SecretAccessKey": "narrow"}


def text(body: Any) -> str:
    """Return a request's body, which botocore holds as either type."""
    return body.decode() if isinstance(body, bytes) else str(body)


class Raw(io.BytesIO):
    """What botocore reads an answer's bytes from."""

    def stream(self, *_: Any, **__: Any) -> Any:
        yield self.read()


@pytest.fixture
def account() -> Account:
    bff = role(
        "gatehouse-bff",
        trusted={"Service": "ecs-tasks.amazonaws.com"},
        allows=[allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])],
    )
    data = role(
        "gatehouse-data-hello",
        trusted={"AWS": bff.arn},
        allows=[allow("s3:GetObject", "arn:aws:s3:::b/${aws:PrincipalTag/tenant_id}/*")],
        tags={"team": "agents"},
        max_session_seconds=7200,
    )
    key = role_key(bff, access_key_id=KEY, secret_access_key=Secret("bff"), session_name="local")
    roles = {known.name: known for known in (bff, data)}
    return Account(roles=roles, identities=Identities([key]))


@pytest.fixture
def inline_policy() -> str:
    statement = allow("s3:GetObject", "arn:aws:s3:::b/acme/*")
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
