"""Gatehouse as three functions: started beside a stack, with their secrets in Secrets Manager."""

import os
import sys
from typing import Any

import boto3
from botocore.config import Config

from devstack.aws.landscape import PLACE
from devstack.aws.runners import OPERATOR, SECRETS, KeyPair, key_of, secret_arn
from devstack.dev.child import Command
from devstack.dev.plan import bffs
from devstack.dev.ports import free_port
from devstack.dev.stack import Stack
from trust.secret import Secret

STREAMING_SANDBOXES = 2


def started_functions(stack: Stack) -> str:
    """Start them; return the API's URL. They end with the stack."""
    keyring, client_secret = (secret_arn(name, PLACE) for name in SECRETS)
    values = {keyring: stack.plan.keys.read_text(), client_secret: stack.secrets.client_secret}
    _put_values(stack, values)
    (beside, *_) = bffs(stack.plan, stack.secrets, dict(os.environ))  # noqa: TID251 the path
    told = {
        **beside.env,
        "BFF_SESSION_KEYS": f"awssm:{keyring}",
        "BFF_OIDC_CLIENT_SECRET": f"awssm:{client_secret}",
    }
    # From Secrets Manager or not at all.
    del told["OIDC_CLIENT_SECRET"]
    port = free_port()
    options = ("--port", str(port), "--sandboxes", str(STREAMING_SANDBOXES), "--whole-api")
    command = Command(
        name="functions",
        argv=(sys.executable, "-m", "devstack.runtime_api", *options),
        env=told,
        cwd=beside.cwd,
    )
    stack.supervisor.start([command], within_s=30)
    return f"http://127.0.0.1:{port}"


def _put_values(stack: Stack, values: dict[str, str]) -> None:
    bff = KeyPair(
        access_key_id=stack.secrets.access_key_id,
        secret_access_key=Secret(stack.secrets.secret_access_key),
    )
    key = key_of(OPERATOR, bff)
    client: Any = boto3.client(
        "secretsmanager",
        region_name=PLACE.region,
        endpoint_url=stack.plan.aws,
        aws_access_key_id=key.access_key_id,
        aws_secret_access_key=key.secret_access_key.reveal(),
        config=Config(proxies={}),
    )
    for arn, value in values.items():
        client.put_secret_value(SecretId=arn, SecretString=value)
    client.close()
