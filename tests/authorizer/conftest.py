"""Keys that the tests sign with, and a table: made once, since an RSA key takes its time."""

from collections.abc import Iterator

import boto3
import pytest

from events.issuer import SigningKey, ec_key, rsa_key
from fakes import moto_aws


@pytest.fixture(scope="session")
def rsa_signer() -> SigningKey:
    """Return the issuer's RSA key."""
    return rsa_key("rsa-1")


@pytest.fixture(scope="session")
def ec_signer() -> SigningKey:
    """Return the issuer's key on P-256."""
    return ec_key("ec-1")


@pytest.fixture(scope="module")
def sessions_url() -> Iterator[str]:
    """Serve a DynamoDB with the table `gatehouse-sessions`; return its URL.

    Moto keeps one memory for the whole process, so the table goes with its module: the local AWS
    makes one of the same name, which expires.
    """
    with moto_aws.running() as url:
        client = boto3.client(  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        # There already, where a test of the local AWS has run before: then it is not ours to end.
        ours = "gatehouse-sessions" not in client.list_tables()["TableNames"]
        if ours:
            moto_aws.create_table(client, "gatehouse-sessions")
        yield url
        if ours:
            client.delete_table(TableName="gatehouse-sessions")
        client.close()
