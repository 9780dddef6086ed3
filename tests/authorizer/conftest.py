"""Keys that the tests sign with: made once, since an RSA key takes its time."""

import pytest

from events.issuer import SigningKey, ec_key, rsa_key


@pytest.fixture(scope="session")
def rsa_signer() -> SigningKey:
    """Return the issuer's RSA key."""
    return rsa_key("rsa-1")


@pytest.fixture(scope="session")
def ec_signer() -> SigningKey:
    """Return the issuer's key on P-256."""
    return ec_key("ec-1")
