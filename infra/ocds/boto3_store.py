"""Where packages go: zips to S3, under the name of their contents, and the manifest to SSM."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ocds.errors import PublishFailed
from ocds.package import Artifact

_CONFIG = Config(
    connect_timeout=10, read_timeout=120, retries={"mode": "standard", "total_max_attempts": 5}
)
_NOT_FOUND = {"404", "NoSuchKey", "NotFound"}
_UNSEEN = {"403", "AccessDenied"}
"""S3 says so of an object that is not there to whoever may not list the bucket."""

_SSM_STANDARD = 4096


class Store:
    """The bucket and the parameters of one region."""

    def __init__(self, region: str, client: Callable[[str, str], Any] | None = None) -> None:
        """Open both services. `client` opens one in a region; without it boto3 does."""
        opened = client or _client
        self._s3 = opened("s3", region)
        self._ssm = opened("ssm", region)

    def upload(self, bucket: str, artifact: Artifact) -> bool:
        """Write a zip, unless it is there. Return whether it was written. Raises PublishFailed.

        S3 compares what it got with the hash, and never replaces: what runs by this key goes on
        running the same bytes.
        """
        try:
            if self._is_there(bucket, artifact):
                return False
            self._s3.put_object(
                Bucket=bucket,
                Key=artifact.key,
                Body=artifact.data,
                ContentType="application/zip",
                ChecksumSHA256=artifact.hash,
                IfNoneMatch="*",
            )
        except (ClientError, BotoCoreError) as error:
            if _code(error) in {"PreconditionFailed", "412"}:  # another build was faster
                return False
            raise PublishFailed(f"s3://{bucket}/{artifact.key} was not written: {error}") from error
        return True

    def write(self, parameter: str, manifest: Mapping[str, object]) -> None:
        """Keep the manifest, in place of the one before. Raises PublishFailed."""
        value = json.dumps(manifest, sort_keys=True, separators=(",", ":"))
        if len(value) > _SSM_STANDARD:
            raise PublishFailed(
                f"the manifest has {len(value)} bytes and a parameter takes {_SSM_STANDARD}"
            )
        try:
            self._ssm.put_parameter(
                Name=parameter,
                Value=value,
                Type="String",
                Overwrite=True,
                Description="Manifest of a package",
            )
        except (ClientError, BotoCoreError) as error:
            raise PublishFailed(f"the parameter {parameter} was not written: {error}") from error

    def read(self, parameter: str) -> dict[str, Any]:
        """Return a manifest. Raises PublishFailed, if there is none."""
        try:
            found = self._ssm.get_parameter(Name=parameter)["Parameter"]["Value"]
            manifest: dict[str, Any] = json.loads(found)
        except (ClientError, BotoCoreError) as error:
            raise PublishFailed(f"the parameter {parameter} cannot be read: {error}") from error
        except ValueError as error:
            raise PublishFailed(f"the parameter {parameter} holds no manifest: {error}") from error
        return manifest

    def forget(self, parameter: str) -> bool:
        """Remove a manifest; the zips stay. Return whether there was one. Raises PublishFailed."""
        try:
            self._ssm.delete_parameter(Name=parameter)
        except (ClientError, BotoCoreError) as error:
            if _code(error) == "ParameterNotFound":
                return False
            raise PublishFailed(f"the parameter {parameter} was not removed: {error}") from error
        return True

    def _is_there(self, bucket: str, artifact: Artifact) -> bool:
        try:
            head = self._s3.head_object(Bucket=bucket, Key=artifact.key, ChecksumMode="ENABLED")
        except ClientError as error:
            if _code(error) in _NOT_FOUND | _UNSEEN:
                return False
            raise
        # The key says what the contents are. S3 keeps the hash that it was given.
        same_hash = head.get("ChecksumSHA256", artifact.hash) == artifact.hash
        if not same_hash or head["ContentLength"] != len(artifact.data):
            raise PublishFailed(
                f"s3://{bucket}/{artifact.key} is not what its name says: somebody put other bytes "
                "there. Find out who may write to the bucket, remove the object, and publish again."
            )
        return True


def _client(service: str, region: str) -> Any:
    session = cast("Any", boto3.session.Session(region_name=region))
    return session.client(service, config=_CONFIG)


def _code(error: ClientError | BotoCoreError) -> str:
    return (
        str(error.response.get("Error", {}).get("Code", ""))
        if isinstance(error, ClientError)
        else ""
    )
