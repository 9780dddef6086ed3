"""Puts a new keyring into a secret that is still empty: `secretsmanager.py --region REGION ARN`.

The keys go from the system's random source into AWS Secrets Manager, and nowhere else: not into an
argument, a file, a log, Terraform's plan or its state. A secret that has a value keeps it, so the
program can be run again at any time. Standard library and boto3 alone, since it is started by an
apply and not in the application's environment; the form is `gatehouse keys new`'s (RFC 7517,
RFC 7518 §6.4).
"""

import argparse
import base64
import json
import secrets
import sys
from typing import Any

import boto3
from botocore.exceptions import ClientError

KEY_BYTES = 32
_KID_BYTES = 6


def new_keyring() -> str:
    """Return a JSON Web Key Set with a key that seals and a key that names people."""
    keys = [_key("enc", "A256GCM"), _key("sig", "HS256")]
    return json.dumps({"keys": keys}, indent=2)


def fill(client: Any, secret: str) -> bool:
    """Give an empty secret its first value; tell whether it was empty. Raises ClientError."""
    # Not its value, to be looked at: whoever deploys may read none.
    stages = client.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    if any("AWSCURRENT" in names for names in stages.values()):
        return False
    client.put_secret_value(SecretId=secret, SecretString=new_keyring())
    return True


def main() -> int:
    """Fill the secret that the arguments name; return the exit code."""
    parser = argparse.ArgumentParser(description="Put a new keyring into a secret that is empty.")
    parser.add_argument("--region", required=True)
    parser.add_argument("secret", help="its ARN")
    given = parser.parse_args()
    client = boto3.client("secretsmanager", region_name=given.region)  # pyright: ignore[reportUnknownMemberType] boto3's stub has an overload per service
    try:
        made = fill(client, given.secret)
    except ClientError as error:
        sys.stderr.write(f"session keys: {given.secret} cannot be filled: {error}\n")
        return 1
    sys.stderr.write(f"session keys: {'made' if made else 'there already'}\n")
    return 0


def _key(use: str, algorithm: str) -> dict[str, str]:
    return {
        "kty": "oct",
        "use": use,
        "alg": algorithm,
        "kid": _encoded(secrets.token_bytes(_KID_BYTES)),
        "k": _encoded(secrets.token_bytes(KEY_BYTES)),
    }


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


if __name__ == "__main__":
    sys.exit(main())
