"""Secrets Manager by moto and the local KMS at one loopback URL, behind the local AWS's IAM.

Who asks is told by their access key: OPERATOR may do everything, everybody else what `policy` says.
"""

import re
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import boto3

from devstack.aws.dialect import Dialect, refusal
from devstack.aws.errors import AwsError
from devstack.aws.iam.policy import parse_policy
from devstack.aws.judge import Judge
from devstack.aws.kms.key import Key
from devstack.aws.kms.keys import Keys
from devstack.aws.landscape import PLACE
from devstack.aws.moto import Moto
from devstack.aws.services.catalogue import stored_services
from devstack.aws.sts.principal import Principal
from devstack.aws.wire import WireRequest
from fakes.loopback import Call, Reply, serving
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

REGION = PLACE.region
OPERATOR = "AKIAOPERATOROPERATOR"
_SIGNED = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/(?P<region>[^/]+)/(?P<service>[^/]+)/")
EVERYTHING: Mapping[str, object] = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
}


@dataclass
class AwsKeepers:
    """What they answer is theirs; what goes wrong is a test's."""

    url: str = ""
    calls: list[str] = field(default_factory=list[str])
    """The operations that anybody but the operator asked for, in order."""
    regions: set[str] = field(default_factory=set[str])
    fault: AwsError | Reply | None = None
    """What is answered to all but the operator while it is set."""
    refused_keys: dict[str, AwsError] = field(default_factory=dict[str, AwsError])
    """What is answered to all who sign with an access key."""
    policy: Mapping[str, object] = field(default_factory=lambda: EVERYTHING)
    tampered: Callable[[bytes], bytes] = lambda body: body
    """What becomes of an answer on its way."""

    def heal(self) -> None:
        """Have nothing go wrong any more, and nobody have called yet."""
        self.fault, self.policy, self.tampered = None, EVERYTHING, lambda body: body
        self.calls.clear()
        self.regions.clear()
        self.refused_keys.clear()

    def __post_init__(self) -> None:
        self.keys = Keys(PLACE)
        self._services = stored_services(Moto(PLACE), self.keys, PLACE)
        self._lock = Lock()

    def answer(self, call: Call) -> Reply:
        """Answer one request."""
        signed = _SIGNED.search(call.headers["authorization"])
        assert signed is not None
        with self._lock:
            if signed["key"] == OPERATOR:
                return self._answer(call, signed["service"], EVERYTHING, None)
            self.calls.append(call.headers["x-amz-target"].partition(".")[2])
            self.regions.add(signed["region"])
            if isinstance(self.fault, Reply):
                return self.fault
            fault = self.fault or self.refused_keys.get(signed["key"])
            reply = self._answer(call, signed["service"], self.policy, fault)
            return replace(reply, body=self.tampered(reply.body))

    def _answer(
        self,
        call: Call,
        service: str,
        policy: Mapping[str, object],
        fault: AwsError | None,
    ) -> Reply:
        request = WireRequest(
            method=call.method,
            path=call.path,
            query="",
            headers=tuple(call.headers.items()),
            body=call.body,
        )
        try:
            if fault is not None:
                raise fault
            answer = self._services[service].serve(request, self._judge(policy))
        except AwsError as error:
            answer = refusal(Dialect.JSON_1_1, error, method="POST", request_id="1")
        told = {name: value for name, value in answer.headers if name.startswith("x-amzn")}
        kind = Dialect.JSON_1_1.value
        return Reply(status=answer.status, body=answer.body, content_type=kind, headers=told)

    @staticmethod
    def _judge(policy: Mapping[str, object]) -> Judge:
        caller = Principal(
            access_key_id="AKIAANYBODY",
            secret_access_key=Secret("made-up"),
            arn=f"arn:aws:iam::{PLACE.account}:user/somebody",
            user_id="AIDASOMEBODY",
            identity_policies=(parse_policy(policy),),
        )
        return Judge(
            caller=caller,
            context={},
            denied_code="AccessDeniedException",
            denied_status=400,
        )

    def operator(self, service: str, session: boto3.Session) -> Any:
        """Return a client of somebody with all rights."""
        return cast("Any", session).client(
            service,
            region_name=PLACE.region,
            endpoint_url=self.url,
            aws_access_key_id=OPERATOR,
            aws_secret_access_key="made-up",
        )


@contextmanager
def keeping() -> Generator[AwsKeepers]:
    """Serve them. moto keeps one store for the whole process: secrets need names of their own."""
    keepers = AwsKeepers()
    with serving(keepers.answer) as keepers.url:
        yield keepers


def rotated(client: "SecretsManagerClient", name: str, value: str) -> None:
    """Do what a rotation's last two steps do: the value is there, pending; then it is in force."""
    pending(client, name, value)
    promoted(client, name)


def pending(client: "SecretsManagerClient", name: str, value: str) -> None:
    """Put a version there that is not in force (`createSecret`)."""
    client.put_secret_value(SecretId=name, SecretString=value, VersionStages=["AWSPENDING"])


def promoted(client: "SecretsManagerClient", name: str) -> None:
    """Put the pending version in force (`finishSecret`); the one before becomes AWSPREVIOUS."""
    stages = client.describe_secret(SecretId=name)["VersionIdsToStages"]
    by_stage = {stage: version for version, has in stages.items() for stage in has}
    client.update_secret_version_stage(
        SecretId=name,
        VersionStage="AWSCURRENT",
        MoveToVersionId=by_stage["AWSPENDING"],
        RemoveFromVersionId=by_stage["AWSCURRENT"],
    )


def secret_named(name: str) -> Reference:
    """Return where a secret is, by its name or ARN."""
    return Reference(scheme=Scheme.SECRETS_MANAGER, path=name)


def key_made(keepers: AwsKeepers, spec: str = "ECC_NIST_P256", usage: str = "SIGN_VERIFY") -> Key:
    """Make a key in KMS."""
    return keepers.keys.create(spec=spec, usage=usage)


def key_at(name: str) -> Reference:
    """Return where a key is, by its ARN or alias."""
    return Reference(scheme=Scheme.KMS, path=name)
