"""Gatehouse with nothing but `.env.example`: beside a SPIRE agent, with its secrets in Vault."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from devstack.dev.child import Command
from devstack.dev.plan import HERE, Plan, bffs, peers
from devstack.dev.stack import Stack
from devstack.spire import http as bundle
from devstack.spire.agent import agent
from devstack.spire.service import served as socket_served
from fakes.loopback import Call, Reply, serving
from fakes.vault import RunningVault, vault
from infra.vault.rendering import rendered
from trust.clock import SystemClock
from trust.seal.base64url import decode
from trust.seal.keyring import new_keyring

EXAMPLE = HERE / ".env.example"
SPIFFE_ID = "spiffe://example.com/gatehouse"
ROLE = "gatehouse_demo_bff"
KEY = "demo_bff"
WITHIN_S = 30.0

# What no deployer writes: the platform gives it, or it makes http and this checkout possible here.
PLATFORM = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ENDPOINT_URL"}
LIMITS = tuple(
    f"BFF_LIMIT_{of}" for of in ("LOGINS", "CALLBACKS", "ADDRESS_CALLS", "CALLS", "TENANT_CALLS")
)
"""Others count in the same table, and from a million on take thousands at once."""
HERE_ALONE = {"BFF_ENV", "BFF_SPA", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", *LIMITS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secretless:
    """A Gatehouse that runs, and what its secrets are, to be searched for."""

    plan: Plan
    vault: RunningVault
    environment: Mapping[str, str]
    pid: int
    log: Path
    keyring: str

    @property
    def canaries(self) -> dict[str, bytes]:
        """What must never be in the process's environment or its log, by what it is."""
        keys = json.loads(self.keyring)["keys"]
        return {
            **{f"key {key['use']}": key["k"].encode() for key in keys},
            **{f"token {token[:8]}": token.encode() for token in self.vault.tokens},
            "root token": self.vault.root_token.encode(),
        }

    @property
    def sealing_keys(self) -> list[bytes]:
        """The keys that seal sessions, as the process has to have them."""
        return [decode(key["k"]) for key in json.loads(self.keyring)["keys"]]

    @property
    def private_key(self) -> bytes:
        """The client's private key, which nobody but Vault has."""
        engine: Any = self.vault.core.spaces.named("").mounts["gatehouse-transit/"].engine
        pair = engine._keys[KEY].versions[1].pair
        return int(pair.private_numbers().private_value).to_bytes(32, "big")


def example() -> dict[str, str]:
    """Return what `.env.example` sets."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@contextmanager
def secretless(stack: Stack, folder: Path, socket: Path) -> Generator[Secretless]:
    """Start it, on the AWS of `stack`, with a provider, a Vault and a SPIRE agent of its own."""
    with ExitStack() as running:
        workload = agent(SPIFFE_ID, clock=SystemClock())
        running.enter_context(socket_served(workload, socket))
        keys = running.enter_context(bundle.served(workload, port=0, key_use="sig"))
        keeper = running.enter_context(vault(SystemClock()))
        keyring = new_keyring(secrets.token_bytes)
        prepare(keeper, jwks=f"{keys}/keys", keyring=keyring)
        container = running.enter_context(serving(_role_of(stack)))
        plan = Plan(state=folder, idp_options=("--client-jwks", str(folder / "jwks.json")))
        environment = _environment(plan, stack, keeper, socket, container)
        (folder / "jwks.json").write_text(_public_keys(environment))
        provider, bff = _commands(plan, stack, environment)
        running.callback(stack.supervisor.stop, (provider.name, bff.name))
        stack.supervisor.start([provider], within_s=WITHIN_S)
        stack.supervisor.start([bff], within_s=WITHIN_S)
        yield Secretless(
            plan=plan,
            vault=keeper,
            environment=environment,
            pid=stack.supervisor.pids[bff.name],
            log=stack.plan.state / "logs" / f"{bff.name}.log",
            keyring=keyring,
        )


def prepare(keeper: RunningVault, *, jwks: str, keyring: str) -> None:
    """Do what `infra/modules/vault-gatehouse` does, and write the keyring as an operator would."""
    for name in ("token", "bff"):
        keeper.policy(f"gatehouse_{name}", rendered(name))
    keeper.method("jwt")
    keeper.write("auth/jwt/config", jwks_url=jwks, jwt_supported_algs=["ES256", "RS256"])
    keeper.write(
        f"auth/jwt/role/{ROLE}",
        role_type="jwt",
        user_claim="sub",
        bound_subject=SPIFFE_ID,
        bound_audiences=["vault"],
        token_ttl=900,
        token_max_ttl=3600,
        token_policies=["gatehouse_token", "gatehouse_bff"],
    )
    keeper.engine("transit", "gatehouse-transit")
    keeper.write(f"gatehouse-transit/keys/{KEY}", type="ecdsa-p256", exportable=False)
    keeper.put("demo/bff/session-keys", "gatehouse", keys=keyring)


def _environment(
    plan: Plan, stack: Stack, keeper: RunningVault, socket: Path, container: str
) -> dict[str, str]:
    ours = {
        "BFF_PUBLIC_URL": plan.public_url,
        "BFF_REGISTRY": f"file:{HERE / 'src' / 'devstack' / 'registry.toml'}",
        "BFF_OIDC_ISSUER": plan.issuer,
        "VAULT_ADDR": keeper.url,
        "SPIFFE_ENDPOINT_SOCKET": f"unix://{socket}",
    }
    return {
        **example(),
        **ours,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container,
        "AWS_ENDPOINT_URL": stack.plan.aws,
        "BFF_ENV": "dev",
        "BFF_SPA": str(HERE / "spa" / "dist"),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **dict.fromkeys(LIMITS, "1000000/1m"),
    }


def _role_of(stack: Stack) -> Any:
    """Return what a container's agent answers: the credentials of the task's role."""
    told = {
        "AccessKeyId": stack.secrets.access_key_id,
        "SecretAccessKey": stack.secrets.secret_access_key,
        "Token": "",
        "Expiration": "2099-01-01T00:00:00Z",
    }

    def answer(_: Call) -> Reply:
        return Reply(body=json.dumps(told).encode())

    return answer


def _program(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process: the settings, and what finds Python and its code."""
    return {"PATH": os.defpath, "PYTHONPATH": str(HERE / "src"), **environment}


def _public_keys(environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bff.command", "keys", "public"],
        env=_program(environment),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _commands(plan: Plan, stack: Stack, environment: Mapping[str, str]) -> tuple[Command, Command]:
    caller = dict(os.environ)  # noqa: TID251 the programs' path
    provider = replace(peers(plan, stack.secrets, caller)[0], name="secretless-idp")
    (usual,) = bffs(plan, stack.secrets, caller)
    return provider, replace(usual, name="secretless-bff", env=_program(environment))
