"""Which programs the local stack consists of, with their arguments and environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from devstack.dev.child import Command
from devstack.dev.ports import free_port
from devstack.dev.state import LocalSecrets

HERE = Path(__file__).resolve().parents[3]
"""The checkout."""

_CLIENT = "gatehouse"
_LIMITS = (
    "BFF_LIMIT_LOGINS",
    "BFF_LIMIT_CALLBACKS",
    "BFF_LIMIT_ADDRESS_CALLS",
    "BFF_LIMIT_CALLS",
    "BFF_LIMIT_TENANT_CALLS",
    "BFF_LIMIT_MESSAGES",
    "BFF_LIMIT_TENANT_MESSAGES",
)
_FOREIGN = ("AWS_", "BFF_", "IDP_", "OIDC_", "VAULT_", "NODE_", "npm_", "PYTEST_", "COV_")
"""What the caller's environment may hold for other purposes: real AWS credentials, above all."""


class Store(Enum):
    """Where the BFF keeps its sessions."""

    SQLITE = "sqlite"
    DYNAMODB = "dynamodb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One local stack: free ports unless they are chosen."""

    state: Path
    """Folder for keys, database and logs."""
    idp_port: int = field(default_factory=free_port)
    aws_port: int = field(default_factory=free_port)
    bff_ports: tuple[int, ...] = field(default_factory=lambda: (free_port(),))
    """One BFF process each; they share the store and the public origin, the first one's."""
    store: Store = Store.SQLITE
    access_ttl_s: int = 300
    """Lifetime of the provider's access tokens."""
    idp_options: tuple[str, ...] = ()
    """Further arguments of the identity provider, such as `--no-par`."""
    aws_options: tuple[str, ...] = ()
    """Further arguments of the local AWS."""
    bff_env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Settings of the BFF that differ from the stack's own."""

    @property
    def issuer(self) -> str:
        """The identity provider: by address, since to a browser that is another site."""
        return f"http://127.0.0.1:{self.idp_port}"

    @property
    def aws(self) -> str:
        """The endpoint of every AWS service."""
        return f"http://127.0.0.1:{self.aws_port}"

    @property
    def bffs(self) -> tuple[str, ...]:
        """The origin of each BFF process."""
        return tuple(f"http://localhost:{port}" for port in self.bff_ports)

    @property
    def public_url(self) -> str:
        """The origin that the browser uses."""
        return self.bffs[0]

    @property
    def keys(self) -> Path:
        """The keyring that seals sessions."""
        return self.state / "session-keys.json"


def peers(plan: Plan, secrets: LocalSecrets, env: Mapping[str, str]) -> list[Command]:
    """Return what the BFF leans on: the identity provider and AWS."""
    base = surroundings(env)
    return [
        Command(
            name="idp",
            argv=(
                *("node", str(HERE / "src" / "devstack" / "idp" / "provider.mjs")),
                *("--port", str(plan.idp_port), "--bff", plan.public_url),
                *("--access-ttl", str(plan.access_ttl_s)),
                *("--keys", str(plan.state / "idp-keys.json"), *plan.idp_options),
            ),
            env={
                **base,
                "IDP_PASSWORD": secrets.password,
                "IDP_CLIENT_SECRET": secrets.client_secret,
            },
            cwd=HERE,
        ),
        Command(
            name="aws",
            argv=(
                *(sys.executable, "-m", "devstack.aws", "--port", str(plan.aws_port)),
                *("--idp-issuer", plan.issuer, *plan.aws_options),
            ),
            env={**base, **_aws(plan, secrets)},
            cwd=HERE,
        ),
    ]


def bffs(plan: Plan, secrets: LocalSecrets, env: Mapping[str, str]) -> list[Command]:
    """Return the BFF's processes."""
    serve = (sys.executable, "-m", "bff.command", "serve", "--host", "127.0.0.1", "--port")
    settings = {**surroundings(env), **_aws(plan, secrets), **_bff(plan, secrets), **plan.bff_env}
    return [
        Command(
            name="bff" if number == 1 else f"bff-{number}",
            argv=(*serve, str(port)),
            env=settings,
            cwd=HERE,
            probe=f"http://127.0.0.1:{port}/readyz",
        )
        for number, port in enumerate(plan.bff_ports, start=1)
    ]


def surroundings(env: Mapping[str, str]) -> dict[str, str]:
    """Return the caller's environment without what would lead the stack astray."""
    kept = {name: value for name, value in env.items() if not name.startswith(_FOREIGN)}
    direct = ("localhost", "127.0.0.1", *filter(None, [env.get("NO_PROXY") or env.get("no_proxy")]))
    return {
        **kept,
        # A company proxy cannot reach this machine's own ports.
        "NO_PROXY": ",".join(direct),
        "no_proxy": ",".join(direct),
        "PYTHONPATH": str(HERE / "src"),
        "PYTHONUNBUFFERED": "1",
    }


def _aws(plan: Plan, secrets: LocalSecrets) -> dict[str, str]:
    return {
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": plan.aws,
        "AWS_ACCESS_KEY_ID": secrets.access_key_id,
        "AWS_SECRET_ACCESS_KEY": secrets.secret_access_key,
        # A profile of the developer's must not mix in, nor the machine's own role.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _bff(plan: Plan, secrets: LocalSecrets) -> dict[str, str]:
    sessions = {
        Store.SQLITE: f"sqlite:{plan.state / 'gatehouse.db'}",
        Store.DYNAMODB: "dynamodb:gatehouse-sessions",
    }
    return {
        "BFF_ENV": "dev",
        "BFF_PUBLIC_URL": plan.public_url,
        "BFF_APP_ID": "demo",
        "BFF_OIDC_ISSUER": plan.issuer,
        "BFF_OIDC_CLIENT_ID": _CLIENT,
        "BFF_OIDC_CLIENT_AUTH": "client_secret_basic",
        "BFF_OIDC_CLIENT_SECRET": "env:OIDC_CLIENT_SECRET",
        "OIDC_CLIENT_SECRET": secrets.client_secret,
        "BFF_OIDC_SCOPES": "openid profile email offline_access",
        "BFF_TENANT_CLAIM": "tenant_id",
        "BFF_REGISTRY": f"file:{HERE / 'src' / 'devstack' / 'registry.toml'}",
        "BFF_STORE": sessions[plan.store],
        "BFF_SESSION_KEYS": f"file:{plan.keys}",
        "BFF_SPA": str(HERE / "spa" / "dist"),
        # Everybody comes from one address here, and load tests are meant to be served.
        **dict.fromkeys(_LIMITS, "1000000/1m"),
        # Somebody pressed Ctrl-C: open streams are told, then it is over.
        "BFF_STREAM_DRAIN": "1s",
    }
