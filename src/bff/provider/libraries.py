"""What a login needs of other people's code, for a process that stays.

A function of Lambda imports it where it is used: most of what it is asked is no login. On the loop
of a server every open stream would stand still while the first login has it read from the disk.
"""

from importlib import import_module

_LATE = (
    "authlib.oauth2.auth",
    "authlib.oauth2.rfc6749.parameters",
    "authlib.oauth2.rfc7636",
    "authlib.oidc.core",
    "bff.provider.dialing.http",
    "cryptography.hazmat.primitives.asymmetric.ec",
    "joserfc.jws",
    "trust.secrets.public_key",
    "trust.wire.http",
)


def load() -> None:
    """Import all of it."""
    for name in _LATE:
        import_module(name)
