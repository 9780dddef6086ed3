"""Vault's engines that make credentials, and its leases, on top of `scripted_vault`."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fakes.loopback import WAIT_S, Call, Reply
from fakes.scripted_vault import ScriptedVault, document, refusal
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import Fetched

DATABASE, AWS = "database/creds/reader", "aws/sts/deployer"
READER = Reference(scheme=Scheme.VAULT_DATABASE, path="database/reader")
DEPLOYER = Reference(scheme=Scheme.VAULT_AWS, path="aws/deployer")


@dataclass(kw_only=True)
class LeasingVault:
    """Answers `database/creds/reader`, `aws/sts/deployer`, and what is asked of their leases."""

    vault: ScriptedVault
    lasts_s: int = 600
    renewed_s: int | None = None
    """What a renewal says, where it is not what was asked for."""
    renewable: bool = True
    alive: dict[str, str] = field(default_factory=dict[str, str])
    """The token of each lease that is alive."""
    revoked: list[str] = field(default_factory=list[str])
    made: int = 0

    def __post_init__(self) -> None:
        self.vault.said |= {
            DATABASE: lambda call: self._made(call, DATABASE, self._user()),
            AWS: lambda call: self._made(call, AWS, self._keys()),
            "sys/leases/renew": self._renewed,
            "sys/leases/revoke": self._revoked,
        }

    def end_token(self, token: str) -> None:
        """End a token, and with it all leases that were made with it."""
        self.vault.alive.discard(token)
        self.alive = {lease: of for lease, of in self.alive.items() if of != token}

    def is_alive(self, fetched: Any) -> bool:
        """Tell whether credentials still open something."""
        return fetched.version in self.alive

    def _made(self, call: Call, path: str, data: object) -> Reply:
        if not self._known(call):
            return refusal(403, "permission denied")
        self.made += 1
        lease = f"{path}/{self.made}"
        self.alive[lease] = call.headers["x-vault-token"]
        return document(
            lease_id=lease, renewable=self.renewable, lease_duration=self.lasts_s, data=data
        )

    def _user(self) -> dict[str, object]:
        return {"username": f"v-reader-{self.made + 1}", "password": f"canary-{self.made + 1}"}

    def _keys(self) -> dict[str, object]:
        return {
            "access_key": f"ASIA{self.made + 1}",
            "secret_key": "canary",
            "security_token": "canary-too",
        }

    def _renewed(self, call: Call) -> Reply:
        asked: dict[str, Any] = json.loads(call.body)
        if not self._known(call):
            return refusal(403, "permission denied")
        if asked["lease_id"] not in self.alive or not self.renewable:
            return refusal(400, "lease not found")
        lasts_s = asked["increment"] if self.renewed_s is None else self.renewed_s
        return document(lease_id=asked["lease_id"], renewable=True, lease_duration=lasts_s)

    def _revoked(self, call: Call) -> Reply:
        if not self._known(call):
            return refusal(403, "permission denied")
        lease: str = json.loads(call.body)["lease_id"]
        self.alive.pop(lease, None)
        self.revoked.append(lease)
        return Reply(status=204)

    def _known(self, call: Call) -> bool:
        return call.headers.get("x-vault-token") in self.vault.alive


class Never:
    """A pause that ends when a test says so."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.over = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        """Wait."""
        self.asked.append(seconds)
        await self.over.wait()


async def settled(condition: Callable[[], object]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(WAIT_S):
        while not condition():
            await asyncio.sleep(0.001)


def said(fetched: Fetched) -> dict[str, str]:
    """Return what is in a secret."""
    found: dict[str, str] = json.loads(fetched.value.reveal())
    return found
