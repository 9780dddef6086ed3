"""The local Vault behind its gateway, ready to be served."""

from devstack.vault.calls import Calls
from devstack.vault.control import Control
from devstack.vault.engines.real_users import RealUsers
from devstack.vault.entropy import Entropy
from devstack.vault.faults import Faults
from devstack.vault.gateway import Gateway
from devstack.vault.jwks_http import fetched_jwks
from devstack.vault.logins.aws_keys import AwsKeys
from devstack.vault.wiring import local_vault
from trust.clock import Clock


def open_gateway(
    *, clock: Clock, entropy: Entropy, root_token: str, users: RealUsers | None = None
) -> Gateway:
    """Return a Vault with nothing in it but its root token; with `users`, they are real ones."""
    keys, faults, calls = AwsKeys(), Faults(), Calls()
    local = local_vault(
        clock=clock,
        entropy=entropy,
        root_token=root_token,
        fetch_jwks=fetched_jwks,
        aws_keys=keys,
        users=users,
    )
    control = Control(local=local, calls=calls, faults=faults, aws_keys=keys)
    return Gateway(local=local, faults=faults, calls=calls, control=control)
