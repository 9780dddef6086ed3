"""The roles that Gatehouse's own programs run in: what each is put together from, and its key.

The parts are those of `infra/modules/agentcore-bff/roles.tf`; a test compares the two.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from devstack.aws.place import Place
from trust.secret import Secret

SECRETS = ("gatehouse/session-keys", "gatehouse/client-secret")
"""Names of the secrets that the programs read: empty until somebody puts a value in."""

SECRET_SUFFIX = "a1B2c3"  # noqa: S105 a part of a name
"""What stands behind a secret's name in its ARN. AWS makes it up; here policies are filled before
there is a secret."""

SIGNING_KEY_ID = "6f1c7a52-9b0e-4d55-8c1f-2a4b6d8e0f13"
"""The key by which the programs sign as a client of the provider. AWS makes its name up, too."""

SIGNING_KEY_ALIAS = "alias/gatehouse/client-signing"

OPERATOR = "gatehouse-operator"
"""Whoever puts values into the secrets: a person, in AWS with rights of their own."""

_GRANTING = ("bff-grants.json", "bff-secrets.json", "bff-signing.json")
RUNNERS: Mapping[str, tuple[str, ...]] = {
    "gatehouse-bff": ("bff-sessions.json", *_GRANTING),
    "gatehouse-authorizer": ("bff-sessions-read.json", "function-logs.json"),
    "gatehouse-json": ("bff-sessions.json", "function-logs.json", *_GRANTING),
    "gatehouse-stream": ("bff-sessions-stream.json", "function-logs.json", *_GRANTING),
}
"""Role → its policies. `gatehouse-bff` is the container; the others are the three functions."""

_SECRET_BYTES = 30


def granting() -> tuple[str, ...]:
    """Return the names of the roles that open grants: whom the agents' roles trust."""
    return tuple(name for name, policies in RUNNERS.items() if "bff-grants.json" in policies)


def secret_arn(name: str, place: Place) -> str:
    """Return the whole ARN of one of SECRETS."""
    return place.arn("secretsmanager", f"secret:{name}-{SECRET_SUFFIX}")


def signing_key_arn(place: Place) -> str:
    """Return the ARN of the key that the programs sign with."""
    return place.arn("kms", f"key/{SIGNING_KEY_ID}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A long-lived access key."""

    access_key_id: str
    secret_access_key: Secret


def key_of(role_name: str, bff: KeyPair) -> KeyPair:
    """Return a role's key: the BFF's own as it is, any other derived from that one.

    So whoever holds the BFF's key, and only they, can start the functions; nothing has to be handed
    out. HMAC: from one of the derived keys nobody finds another.
    """
    if role_name == "gatehouse-bff":
        return bff
    key, message = bff.secret_access_key.reveal().encode(), role_name.encode()
    digest = hmac.digest(key, message, hashlib.sha512)
    return KeyPair(
        access_key_id="AKIA" + base64.b32encode(digest[_SECRET_BYTES:][:10]).decode(),
        secret_access_key=Secret(base64.b64encode(digest[:_SECRET_BYTES]).decode()),
    )
