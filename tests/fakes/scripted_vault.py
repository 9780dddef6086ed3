"""Vault's side of a login, told by a test what to say; `devstack.vault` is the whole one."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fakes.loopback import Call, Reply, serving

Said = Callable[[Call], Reply]
"""What is answered to a call."""

ROOT = "hvs.root-of-a-test"
SECRET = "secret/data/a"


def document(status: int = 200, **members: object) -> Reply:
    """Return an answer that is a JSON object."""
    return Reply(status=status, body=json.dumps(members).encode())


def refusal(status: int, *errors: str) -> Reply:
    """Return an error in Vault's form."""
    return document(status, errors=list(errors))


def sealed(_: Call) -> Reply:
    """Answer as a sealed Vault does."""
    return refusal(503, "Vault is sealed")


def denied(_: Call) -> Reply:
    """Answer as to a token that is over, or may not do this."""
    return refusal(403, "permission denied")


def auth(token: object, lease_s: object = 900, **members: object) -> dict[str, object]:
    """Return the `auth` of an answer to a login."""
    return {
        "client_token": token,
        "accessor": "accessor",
        "policies": ["default", "gatehouse"],
        "token_policies": ["default", "gatehouse"],
        "lease_duration": lease_s,
        "renewable": True,
        "token_type": "service",
        **members,
    }


@dataclass(kw_only=True)
class ScriptedVault:
    """Gives tokens by any login, and `secret/data/a` to whoever has one that is alive."""

    url: str = ""
    calls: list[Call] = field(default_factory=list[Call])
    lease_s: int = 900
    renewal_s: int | None = None
    """What a renewal says, where it is not what was asked for."""
    members: dict[str, object] = field(default_factory=dict[str, object])
    """What is different in the `auth` of a login."""
    alive: set[str] = field(default_factory=lambda: {ROOT})
    ttls: dict[str, tuple[int, str | None]] = field(default_factory=dict[str, Any])
    said: dict[str, Said] = field(default_factory=dict[str, Said])
    """What is said at a path instead, without `/v1/`."""
    logins: int = 0

    def answer(self, call: Call) -> Reply:
        """Answer as a small Vault does."""
        self.calls.append(call)
        path = call.path.removeprefix("/v1/")
        if path in self.said:
            return self.said[path](call)
        if path.endswith("/login"):
            return self.log_in()
        if call.headers.get("x-vault-token") not in self.alive:
            return refusal(403, "permission denied")
        return self._known(path, call)

    def log_in(self) -> Reply:
        """Answer a login with a new token."""
        self.logins += 1
        token = f"hvs.token-{self.logins}"
        self.alive.add(token)
        return document(auth=auth(token, self.lease_s, **self.members))

    def asked(self, path: str) -> list[Call]:
        """Return the calls of a path, without `/v1/`."""
        return [call for call in self.calls if call.path == f"/v1/{path}"]

    def _known(self, path: str, call: Call) -> Reply:
        token = call.headers["x-vault-token"]
        match path:
            case "auth/token/renew-self":
                return self._renewed(call)
            case "auth/token/lookup-self":
                ttl, expire_time = self.ttls.get(token, (0, None))
                return document(data={"ttl": ttl, "expire_time": expire_time})
            case "auth/token/revoke-self":
                self.alive.discard(token)
                return Reply(status=204)
            case _:
                return document(data={"data": {"a": "1"}})

    def _renewed(self, call: Call) -> Reply:
        asked_s = int(json.loads(call.body)["increment"].removesuffix("s"))
        granted_s = asked_s if self.renewal_s is None else self.renewal_s
        return document(auth=auth(call.headers["x-vault-token"], granted_s, **self.members))


@contextmanager
def scripted_vault() -> Generator[ScriptedVault]:
    """Serve one."""
    running = ScriptedVault()
    with serving(running.answer) as running.url:
        yield running
