"""The environment's credentials, as botocore reads them."""

from collections.abc import Mapping

import pytest
from botocore.credentials import EnvProvider

from trust.aws.environment import NEVER, credentials_in
from trust.grant.record import Credentials
from trust.secret import Secret

BOTH = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        (BOTH, None),
        (BOTH | {"AWS_SESSION_TOKEN": "token"}, "token"),
        (BOTH | {"AWS_SECURITY_TOKEN": "older"}, "older"),
        (BOTH | {"AWS_SESSION_TOKEN": "token", "AWS_SECURITY_TOKEN": "older"}, "older"),
        (BOTH | {"AWS_SESSION_TOKEN": ""}, None),
    ],
)
def test_they_are_read_as_by_botocore(environment: Mapping[str, str], token: str | None) -> None:
    theirs = EnvProvider(environ=dict(environment)).load()

    assert credentials_in(environment) == Credentials(
        access_key_id="AKIA",
        secret_access_key=Secret("secret"),
        session_token=None if token is None else Secret(token),
        expires_at=NEVER,
    )
    assert theirs is not None
    assert (theirs.access_key, theirs.secret_key) == ("AKIA", "secret")
    assert (theirs.token or None) == token


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_ACCESS_KEY_ID": "AKIA"},
        {"AWS_SECRET_ACCESS_KEY": "secret"},
        {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "secret"},
    ],
)
def test_half_of_them_are_none(environment: Mapping[str, str]) -> None:
    assert credentials_in(environment) is None
