"""`gatehouse keys public`: what to register at the provider for `private_key_jwt`."""

import argparse
import asyncio
import os
from typing import TYPE_CHECKING

from bff.commands.output import WRONG_USE, answer, say
from bff.settings import load_settings
from trust.errors import SettingsError
from trust.registry.record import ClientAuthMethod
from trust.secrets.source import SecretUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bff.settings import Settings


def print_public(_: argparse.Namespace) -> int:
    """Print the client's public keys as a JSON Web Key Set (RFC 7517 §5); return the exit code."""
    environment = os.environ  # noqa: TID251 the commands' own place to read it
    settings = load_settings(environment)
    try:
        jwk = asyncio.run(_public(settings, environment))
    except SecretUnavailable as error:
        say(f"BFF_OIDC_CLIENT_KEY: {error}")
        return WRONG_USE
    answer({"keys": [dict(jwk)]})
    return 0


async def _public(settings: "Settings", environment: "Mapping[str, str]") -> "Mapping[str, str]":
    from bff.provider.local_key import signer_by
    from trust.clock import SystemClock
    from trust.secrets.opening import open_keepers

    reference = settings.oidc_client_key
    if settings.oidc_client_auth is not ClientAuthMethod.PRIVATE_KEY_JWT or reference is None:
        raise SettingsError(["BFF_OIDC_CLIENT_AUTH is not private_key_jwt: there is no key"])
    keepers = open_keepers(settings.keepers, environment, SystemClock())
    try:
        return (await signer_by(keepers.secrets, reference)).public_jwk
    finally:
        await keepers.close()
