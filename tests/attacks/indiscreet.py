"""A keeper of secrets that tells them all in every answer, and a process that asks it."""

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from attacks.telling import Telling
from fakes.clock import StoppedClock
from fakes.loopback import Call, Reply, serving
from fakes.proxy.canary import Canary, listening
from trust.secrets.opening import open_keepers
from trust.secrets.reference import SIGNING, Reference
from trust.secrets.settings import load_secret_settings
from trust.secrets.source import SecretUnavailable

CANARIES: Mapping[str, str] = {
    name: f"canary{number}x{name.replace(' ', '')}"
    for number, name in enumerate(
        (
            "client secret",
            "keyring",
            "Vault token",
            "secret id",
            "wrapping token",
            "database password",
            "access token",
            "agent token",
            "identity",
        )
    )
}
"""By what they are; all of them texts that stand nowhere else."""

TOKEN = f"hvs.{CANARIES['Vault token']}"
JWT = f"eyJhbGciOiJFUzI1NiJ9.{CANARIES['identity']}.c2ln"
EVERYTHING = " ".join(CANARIES.values())
_ALL = json.dumps({"errors": [EVERYTHING], "data": {"data": {"password": EVERYTHING}}}).encode()


def body(**members: object) -> bytes:
    """Return a JSON object."""
    return json.dumps(members).encode()


ANSWERS: Mapping[str, Reply] = {
    **{f"status {status}": Reply(status=status, body=_ALL) for status in (400, 401, 403, 404)},
    **{f"status {status}": Reply(status=status, body=_ALL) for status in (405, 412, 429, 473)},
    **{f"status {status}": Reply(status=status, body=_ALL) for status in (500, 501, 502, 503)},
    "a redirect": Reply(status=307, headers={"Location": f"http://127.0.0.1:9/{EVERYTHING}"[:60]}),
    "a page": Reply(body=f"<h1>{EVERYTHING}</h1>".encode(), content_type="text/html"),
    "no JSON": Reply(body=f'{{"data": "{EVERYTHING}'.encode()),
    "no object": Reply(body=body(data=EVERYTHING, lease_id=EVERYTHING)[:-1]),
    "a text": Reply(body=json.dumps(EVERYTHING).encode()),
    "a list": Reply(body=json.dumps([EVERYTHING]).encode()),
    "deep": Reply(body=b"[" * 100_000 + EVERYTHING.encode()),
    "no UTF-8": Reply(body=b"\xff\xfe" + EVERYTHING.encode()),
    "other members": Reply(body=body(data={"data": {"other": EVERYTHING}, "metadata": {}})),
    "members of other kinds": Reply(
        body=body(
            data={
                "data": {"key": [EVERYTHING]},
                "metadata": {"version": EVERYTHING},
                "username": [EVERYTHING],
                "password": EVERYTHING,
                "signature": EVERYTHING,
                "keys": {"1": {"public_key": EVERYTHING}},
                "latest_version": 1,
                "type": "ecdsa-p256",
            },
            lease_id=EVERYTHING,
            lease_duration=EVERYTHING,
            SecretString=EVERYTHING,
        )
    ),
    "an auth of another kind": Reply(
        body=body(auth={"client_token": [EVERYTHING], "lease_duration": EVERYTHING}, data=None)
    ),
}

REFERENCES = (
    "vault-kv:kv/demo/bff/oidc#key",
    "vault-kv:kv/demo/bff/oidc#key@2",
    "vault-db:database/demo",
    "vault-aws:aws/demo",
    "vault-transit:transit/demo",
    "awssm-agent:demo#key",
)


@dataclass(frozen=True, slots=True)
class Login:
    """One way of logging in at Vault, and what it says of itself."""

    variables: Mapping[str, str]
    files: Mapping[str, str]


LOGINS: Mapping[str, Login] = {
    "token": Login({"BFF_VAULT_AUTH": "token"}, {}),
    "jwt-file": Login(
        {"BFF_VAULT_AUTH": "jwt-file", "BFF_VAULT_ROLE": "demo", "BFF_VAULT_JWT_FILE": "jwt"},
        {"jwt": JWT},
    ),
    "kubernetes": Login(
        {"BFF_VAULT_AUTH": "kubernetes", "BFF_VAULT_ROLE": "demo", "BFF_VAULT_JWT_FILE": "jwt"},
        {"jwt": JWT},
    ),
    "approle-wrapped": Login(
        {
            "BFF_VAULT_AUTH": "approle-wrapped",
            "BFF_VAULT_ROLE_ID": "role",
            "BFF_VAULT_WRAPPED_SECRET_ID": "wrapped",
        },
        {"wrapped": CANARIES["wrapping token"]},
    ),
    "proxy": Login({"BFF_VAULT_AUTH": "proxy"}, {}),
}


def _environment(login: Login, folder: Path, url: str) -> dict[str, str]:
    for name, text in login.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    placed = {
        name: str(folder / value) if value in login.files else value
        for name, value in login.variables.items()
    }
    return {
        **placed,
        "VAULT_ADDR": url,
        "VAULT_TOKEN": TOKEN,
        "BFF_AWSSM_AGENT": url,
        "BFF_AWSSM_AGENT_TOKEN": "env:AGENT_TOKEN",
        "AGENT_TOKEN": CANARIES["agent token"],
    }


@dataclass(slots=True, kw_only=True)
class Keeper:
    """A keeper that says what it should not, and a process that asks it."""

    environment: Mapping[str, str]
    canary: Canary
    reply: Reply = field(default_factory=Reply)
    lets_in: bool = False
    """Whether the token is good, so that what is asked by it fails, and not the login."""

    def answer(self, call: Call) -> Reply:
        """Answer as the test says."""
        if self.lets_in and call.path.endswith("/lookup-self"):
            return Reply(body=body(data={"ttl": 900, "expire_time": "2126-01-01T00:00:00Z"}))
        return self.reply

    async def told(self, reference: Reference) -> tuple[Telling, SecretUnavailable | None]:
        """Ask for a secret; return all that was told of it, and the failure."""
        telling, failed = Telling(), None
        settings = load_secret_settings(self.environment)
        keepers = open_keepers(settings, self.environment, StoppedClock())
        try:
            signs = reference.scheme in SIGNING
            secrets = keepers.secrets
            held = await (secrets.signer(reference) if signs else secrets.get(reference))
            telling.document("held", held)
        except SecretUnavailable as error:
            failed = error
            telling.error("failure", error)
        telling.document("health", keepers.secrets.health())
        telling.document("settings", settings)
        await keepers.close()
        telling.lines(self.canary.lines)
        return telling, failed


@contextmanager
def indiscreet(login: Login, folder: Path) -> Generator[Keeper]:
    """Serve one; the process logs in by `login`, whose files are put into `folder`."""
    with listening() as canary:
        keeper = Keeper(environment={}, canary=canary)
        with serving(keeper.answer) as url:
            keeper.environment = _environment(login, folder, url)
            yield keeper
