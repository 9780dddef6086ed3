"""The local Vault in a thread, on a clock that the test moves."""

import json
import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from devstack.aws.wire import Answer, WireRequest
from devstack.vault.alive import database_users
from devstack.vault.calls import Calls
from devstack.vault.core import Core
from devstack.vault.faults import Faults
from devstack.vault.gateway import Gateway
from devstack.vault.http import serving
from devstack.vault.logins.aws_keys import AwsKey
from devstack.vault.opening import open_gateway
from fakes.vault_issuer import Issuer
from trust.clock import Clock

ROOT_TOKEN = "hvs.made-up-root"
AUDIENCE = "vault"


class Unprepared(AssertionError):
    """Vault refused what a test wanted to prepare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningVault:
    """A Vault to prepare, to break and to look into; clients come by `url`.

    What is prepared by these methods meets no fault and is not counted.
    """

    url: str
    clock: Clock
    gateway: Gateway
    root_token: str = ROOT_TOKEN
    issuer: Issuer = field(default_factory=Issuer)
    """Signs the tokens that `jwt_role` trusts."""

    @property
    def faults(self) -> Faults:
        """What is to go wrong."""
        return self.gateway.faults

    @property
    def calls(self) -> Calls:
        """What was asked by clients."""
        return self.gateway.calls

    @property
    def core(self) -> Core:
        """What Vault knows."""
        return self.gateway.local.core

    # Anything, by the paths of Vault's own API.

    def ask(self, method: str, path: str, fields: Mapping[str, Any] | None = None) -> Answer:
        """Ask as root."""
        head, _, query = path.partition("?")
        return self.gateway.undisturbed(
            WireRequest(
                method=method,
                path=f"/v1/{head}",
                query=query,
                headers=(("x-vault-token", self.root_token),),
                body=b"" if fields is None else json.dumps(fields).encode(),
            )
        )

    def write(self, path: str, **fields: Any) -> dict[str, Any]:
        """Write as root; raises Unprepared."""
        return _said(self.ask("POST", path, fields), path)

    def read(self, path: str) -> dict[str, Any]:
        """Read as root; raises Unprepared."""
        return _said(self.ask("GET", path), path)

    def delete(self, path: str) -> None:
        """Delete as root; raises Unprepared."""
        _said(self.ask("DELETE", path), path)

    # What most tests begin with.

    def policy(self, name: str, text: str) -> None:
        """Set a policy."""
        self.write(f"sys/policies/acl/{name}", policy=text)

    def engine(self, kind: str, path: str = "", **fields: Any) -> str:
        """Enable an engine (`kv` is version 2); return its path."""
        options = {"options": {"version": "2"}} if kind == "kv" else {}
        self.write(f"sys/mounts/{path or kind}", type=kind, **options, **fields)
        return path or kind

    def method(self, kind: str, path: str = "") -> str:
        """Enable a login method; return its path below `auth/`."""
        self.write(f"sys/auth/{path or kind}", type=kind)
        return path or kind

    def put(self, path: str, mount: str = "secret", **data: Any) -> int:
        """Write a new version of a secret, enabling the engine if need be; return its number."""
        if f"{mount}/" not in self.core.spaces.named("").mounts:
            self.engine("kv", mount)
        written: int = self.write(f"{mount}/data/{path}", data=data)["data"]["version"]
        return written

    def database(self, role: str, mount: str = "database", **terms: Any) -> None:
        """Have a database whose role makes users; `default_ttl`, `max_ttl` as Vault has them."""
        self.engine("database", mount)
        self.write(f"{mount}/config/db", plugin_name="double", allowed_roles="*")
        self.write(f"{mount}/roles/{role}", db_name="db", **terms)

    def jwt_role(self, role: str, subject: str, mount: str = "jwt", **terms: Any) -> None:
        """Let one subject of `issuer` log in; `terms` are `token_policies` and so on."""
        if f"auth/{mount}/" not in self.core.spaces.named("").mounts:
            self.method("jwt", mount)
            self.write(f"auth/{mount}/config", jwt_validation_pubkeys=[self.issuer.pem])
        usual = {
            "role_type": "jwt",
            "user_claim": "sub",
            "bound_subject": subject,
            "bound_audiences": [AUDIENCE],
        }
        self.write(f"auth/{mount}/role/{role}", **{**usual, **terms})

    def jwt(self, subject: str, *, lives_s: int = 300, **claims: Any) -> str:
        """Return a token that `jwt_role` of that subject takes."""
        now = self.clock.now()
        times = {"iat": now, "exp": now + lives_s}
        return self.issuer.token(**{"sub": subject, "aud": AUDIENCE, **times, **claims})

    def aws_key(self, key: AwsKey) -> None:
        """Let Vault's STS know whose an access key is."""
        self.gateway.control.aws_keys.add(key)

    def token(self, *policies: str, **terms: Any) -> str:
        """Return a new token; `ttl`, `num_uses`, `period` and so on as `auth/token/create`."""
        terms.setdefault("no_parent", True)
        auth = self.write("auth/token/create", policies=list(policies), **terms)["auth"]
        return str(auth["client_token"])

    # Looking from the keeper's side.

    @property
    def database_users(self) -> frozenset[str]:
        """The users that the databases let in right now."""
        return self.gateway.look(database_users)

    @property
    def leases(self) -> tuple[str, ...]:
        """The leases that are alive right now."""
        return self.gateway.look(_leases)

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens that are alive right now, but for root's."""
        return tuple(token for token in self.gateway.look(_tokens) if token != self.root_token)

    def revoke(self, token: str) -> None:
        """End a token from the operator's side, with all that hangs on it."""
        self.write("auth/token/revoke", token=token)

    def seal(self) -> None:
        """Seal it."""
        self.core.seal.standing = "sealed"

    def unseal(self) -> None:
        """Open it again."""
        self.core.seal.standing = "active"


@contextmanager
def vault(clock: Clock) -> Generator[RunningVault]:
    """Serve an empty Vault on a free port of loopback."""
    gateway = open_gateway(clock=clock, entropy=secrets.token_bytes, root_token=ROOT_TOKEN)
    with serving(gateway) as server:
        yield RunningVault(url=server.url, clock=clock, gateway=gateway)


def _leases(core: Core) -> tuple[str, ...]:
    core.sweep()
    return tuple(lease.id for lease in core.leases.alive())


def _tokens(core: Core) -> tuple[str, ...]:
    core.sweep()
    return tuple(token.id for token in core.tokens.alive())


def _said(answer: Answer, path: str) -> dict[str, Any]:
    if answer.status >= 300:
        raise Unprepared(f"{path}: {answer.status} {answer.body.decode()}")
    said: dict[str, Any] = json.loads(answer.body) if answer.body else {}
    return said
