"""Keys that the tests sign with, and a table: made once, since an RSA key takes its time."""

from collections.abc import Iterator
from contextlib import suppress

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


@pytest.fixture(scope="session")
def sessions_url() -> Iterator[str]:
    """Serve a DynamoDB with the table `gatehouse-sessions`; return its URL.

    One for all: moto keeps one memory for the whole process.
    """
    with moto_aws.running() as url:
        client = boto3.client(  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        with suppress(client.exceptions.ResourceInUseException):
            moto_aws.create_table(client, "gatehouse-sessions")
        client.close()
        yield url
