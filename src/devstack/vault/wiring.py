"""The local Vault put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from devstack.vault.clock import VaultClock
from devstack.vault.core import Core, core
from devstack.vault.engines.aws import Aws
from devstack.vault.engines.cubbyhole import Cubbyhole
from devstack.vault.engines.database import Database
from devstack.vault.engines.kv import KeyValues
from devstack.vault.engines.real_users import RealUsers
from devstack.vault.engines.signing_keys import KeyPairs
from devstack.vault.engines.transit import Transit
from devstack.vault.entropy import Entropy
from devstack.vault.errors import bad
from devstack.vault.fields import Fields
from devstack.vault.logins.approle import AppRoleMethod
from devstack.vault.logins.aws import AwsMethod
from devstack.vault.logins.aws_keys import AwsKeys
from devstack.vault.logins.jwt import JwtMethod
from devstack.vault.logins.keys import FetchJwks
from devstack.vault.logins.kubernetes import KubernetesMethod
from devstack.vault.logins.userpass import UserpassMethod
from devstack.vault.routes import Route
from devstack.vault.spaces import Space
from devstack.vault.system.api import SystemApi
from devstack.vault.system.leases import LeasesApi
from devstack.vault.system.mounts import MakeEngine, MountsApi
from devstack.vault.system.policies import PoliciesApi
from devstack.vault.system.state import StateApi
from devstack.vault.system.wrapping import WrappingApi
from devstack.vault.tokens.api import TokenApi
from devstack.vault.vault import Vault
from trust.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalVault:
    """What serves, and what tests reach into."""

    vault: Vault
    core: Core


def local_vault(
    *,
    clock: Clock,
    entropy: Entropy,
    root_token: str,
    fetch_jwks: FetchJwks,
    aws_keys: AwsKeys,
    users: RealUsers | None = None,
) -> LocalVault:
    """Return a Vault with nothing in it but its root token, unsealed."""
    state = core(clock=VaultClock(clock), entropy=entropy)
    state.tokens.root(root_token)
    make = _space_maker(state, _engines(entropy, users), _methods(entropy, fetch_jwks, aws_keys))
    state.spaces.add(make(""))
    return LocalVault(vault=Vault(core=state), core=state)


def _engines(entropy: Entropy, users: RealUsers | None) -> Mapping[str, MakeEngine]:
    pairs = KeyPairs()
    return {
        "aws": lambda _: Aws(entropy=entropy),
        "database": lambda _: Database(entropy=entropy, real=users),
        "kv": _key_values,
        "kv-v2": _key_values,
        "transit": lambda _: Transit(entropy=entropy, pairs=pairs),
    }


def _key_values(fields: Fields) -> KeyValues:
    options = Fields(fields.mapping("options"))
    kind = fields.text("type")
    if kind == "kv" and options.text("version") != "2":
        raise bad("the local Vault serves version 2 of the key-value engine only")
    return KeyValues()


def _methods(
    entropy: Entropy, fetch_jwks: FetchJwks, aws_keys: AwsKeys
) -> Mapping[str, MakeEngine]:
    return {
        "approle": lambda _: AppRoleMethod(entropy=entropy),
        "aws": lambda _: AwsMethod(keys=aws_keys),
        "jwt": lambda _: JwtMethod(fetch=fetch_jwks),
        "kubernetes": lambda _: KubernetesMethod(),
        "userpass": lambda _: UserpassMethod(entropy=entropy),
    }


def _space_maker(
    state: Core, engines: Mapping[str, MakeEngine], methods: Mapping[str, MakeEngine]
) -> Callable[[str], Space]:
    def make(name: str) -> Space:
        space = Space(name=name)
        mounts = MountsApi(core=state, engines=engines, methods=methods, make_space=make)
        routes: Sequence[Route] = (
            *StateApi(seal=state.seal, clock=state.clock).routes,
            *LeasesApi(core=state).routes,
            *WrappingApi(core=state).routes,
            *PoliciesApi(core=state).routes,
            *mounts.routes,
        )
        state.mount(space, "sys", SystemApi(routes=routes))
        state.mount(space, "auth/token", TokenApi(core=state))
        state.mount(space, "cubbyhole", Cubbyhole())
        return space

    return make
