"""Secrets in AWS Secrets Manager."""

import asyncio

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import SecretUnavailable, member

TIMEOUT_S = 5
"""How long one attempt may take."""


class SecretsManagerSource:
    """Reads with the instance's own identity; a client is made for each read."""

    def __init__(self, region: str) -> None:
        self._region = region

    async def read(self, reference: Reference) -> Secret:
        """Return the current secret. Raises SecretUnavailable."""
        try:
            text = await asyncio.to_thread(self._text, reference.path)
        except (ClientError, BotoCoreError, KeyError) as error:
            raise SecretUnavailable(f"awssm:{reference.path}: {type(error).__name__}") from error
        return member(text, reference)

    def _text(self, name: str) -> str:
        config = Config(connect_timeout=TIMEOUT_S, read_timeout=TIMEOUT_S)
        client = boto3.client("secretsmanager", region_name=self._region, config=config)  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
        # The stage is always named: without it, a rotation in progress may answer with the old one.
        return client.get_secret_value(SecretId=name, VersionStage="AWSCURRENT")["SecretString"]
