"""The AWS account by boto3: looking at it, and doing one step."""

import json
from collections.abc import Callable
from typing import Any, Literal, cast

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from wif.plan import Bucket, Deed, Found, Role, Step
from wif.wanted import Wanted

_POLICY = "gatehouse-deploy"
_ABSENT = frozenset({"NoSuchEntity", "NoSuchBucket", "404", "NoSuchBucketPolicy"})
_UNSET = _ABSENT | {
    "NoSuchPublicAccessBlockConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
}
_CONFIG = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 5}
)
_CLOSED = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
_ONE_RUN_S = 3600


def account_of(region: str) -> str:
    """Return the number of the account that the credentials belong to."""
    return str(_client("sts", region).get_caller_identity()["Account"])


class Account:
    """One account and region, for one environment's bootstrap. Every call may raise ClientError."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._iam = _client("iam", wanted.region)
        self._s3 = _client("s3", wanted.region)

    def look(self) -> Found:
        """Return what is there. Changes nothing."""
        return Found(audiences=self._audiences(), role=self._role(), bucket=self._bucket())

    def take(self, step: Step) -> None:
        """Do one step."""
        wanted, document = self._wanted, json.dumps(step.document, separators=(",", ":"))
        iam, s3, bucket = self._iam, self._s3, {"Bucket": wanted.bucket}
        provider, role = (
            {"OpenIDConnectProviderArn": wanted.provider_arn},
            {"RoleName": wanted.role},
        )
        calls: dict[Deed, Callable[[], Any]] = {
            Deed.CREATE_PROVIDER: lambda: iam.create_open_id_connect_provider(
                Url=wanted.issuer, ClientIDList=[wanted.audience]
            ),
            Deed.ADD_AUDIENCE: lambda: iam.add_client_id_to_open_id_connect_provider(
                **provider, ClientID=wanted.audience
            ),
            Deed.CREATE_ROLE: lambda: iam.create_role(
                **role,
                AssumeRolePolicyDocument=document,
                Description=f"Deploys Gatehouse to {wanted.environment}, by its pipeline alone",
                MaxSessionDuration=_ONE_RUN_S,
            ),
            Deed.SET_TRUST: lambda: iam.update_assume_role_policy(**role, PolicyDocument=document),
            Deed.SET_POLICY: lambda: iam.put_role_policy(
                **role, PolicyName=_POLICY, PolicyDocument=document
            ),
            Deed.CREATE_BUCKET: lambda: s3.create_bucket(**bucket, **_place(wanted.region)),
            Deed.CLOSE_BUCKET: lambda: s3.put_public_access_block(
                **bucket, PublicAccessBlockConfiguration=_CLOSED
            ),
            Deed.VERSION_BUCKET: lambda: s3.put_bucket_versioning(
                **bucket, VersioningConfiguration={"Status": "Enabled"}
            ),
            Deed.ENCRYPT_BUCKET: lambda: s3.put_bucket_encryption(
                **bucket, ServerSideEncryptionConfiguration=_ENCRYPTED
            ),
            Deed.PROTECT_BUCKET: lambda: s3.put_bucket_policy(**bucket, Policy=document),
        }
        calls[step.deed]()

    def _audiences(self) -> frozenset[str] | None:
        arn = self._wanted.provider_arn
        found = _found(self._iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)
        return None if found is None else frozenset(found["ClientIDList"])

    def _role(self) -> Role | None:
        name = self._wanted.role
        found = _found(self._iam.get_role, RoleName=name)
        if found is None:
            return None
        policy = _found(self._iam.get_role_policy, RoleName=name, PolicyName=_POLICY)
        return Role(
            # botocore has parsed both documents already.
            trust=found["Role"]["AssumeRolePolicyDocument"],
            policy=None if policy is None else policy["PolicyDocument"],
        )

    def _bucket(self) -> Bucket | None:
        # A bucket of somebody else has the name but not the owner: 403, which stops the bootstrap.
        bucket = {"Bucket": self._wanted.bucket, "ExpectedBucketOwner": self._wanted.account}
        if _found(self._s3.head_bucket, **bucket) is None:
            return None
        closed = _found(self._s3.get_public_access_block, **bucket)
        encrypted = _found(self._s3.get_bucket_encryption, **bucket)
        policy = _found(self._s3.get_bucket_policy, **bucket)
        return Bucket(
            versioned=self._s3.get_bucket_versioning(**bucket).get("Status") == "Enabled",
            encrypted=encrypted is not None,
            closed=closed is not None and closed["PublicAccessBlockConfiguration"] == _CLOSED,
            policy=None if policy is None else json.loads(policy["Policy"]),
        )


def _client(service: Literal["iam", "s3", "sts"], region: str) -> Any:
    client = boto3.client(service, region_name=region, config=_CONFIG)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] boto3's stub has an overload per service
    return cast("Any", client)


def _found(call: Any, **arguments: str) -> Any:
    """Return the answer, or None where what was asked for is not there."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _UNSET:
            return None
        raise


def _place(region: str) -> dict[str, Any]:
    # us-east-1 is the only region that must not be named.
    if region == "us-east-1":
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}
