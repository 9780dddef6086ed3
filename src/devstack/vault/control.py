"""The double's own endpoints, outside Vault's paths, for tests: `/_local/…`.

| call | does |
|---|---|
| `GET /_local/health` | 200 once it serves |
| `GET /_local/calls` · `DELETE` | lists the calls so far · forgets them |
| `GET /_local/faults` · `POST` · `DELETE` | lists orders · orders a failure · cancels all |
| `POST /_local/script` | has calls fail by chance, with a seed |
| `GET /_local/alive` | tokens, leases and database users that are alive, by name |
| `POST /_local/standing` | seals it, makes it a standby and so on |
| `POST /_local/clock` | `{"skew": 30}`: its clock is so many seconds ahead |
| `POST /_local/aws-keys` | says whose access key one is, as STS knows |

They are for programs on this machine only: it listens on loopback, and a request that a browser
sends for some page is refused, whatever page it is.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from typing import cast

from devstack.aws.wire import Answer, WireRequest
from devstack.vault.alive import alive
from devstack.vault.calls import Calls
from devstack.vault.errors import VaultError
from devstack.vault.faults import Faults
from devstack.vault.fields import Document, FieldRefused, Fields
from devstack.vault.logins.aws_keys import AwsKeys, key_from
from devstack.vault.orders import OrderRefused, fault_ordered, script_ordered
from devstack.vault.seal import STANDINGS, Standing
from devstack.vault.wiring import LocalVault

PREFIX = "/_local/"
_Carry = Callable[[Fields], Document | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Answers control requests."""

    local: LocalVault
    calls: Calls
    faults: Faults
    aws_keys: AwsKeys

    def answer(self, request: WireRequest, *, peer: str) -> Answer:
        """Answer one request of the program at address `peer`."""
        if not ip_address(peer).is_loopback:
            return _json(403, {"error": "only programs on this machine may ask this"})
        if request.header("origin") is not None or request.header("sec-fetch-site") is not None:
            return _json(403, {"error": "not for browsers"})
        carry_out = self._table().get((request.method, request.path.removeprefix(PREFIX)))
        if carry_out is None:
            return _json(404, {"error": "known paths are listed in devstack/vault/control.py"})
        try:
            said = carry_out(Fields(_document(request.body)))
        except (OrderRefused, FieldRefused, VaultError) as refused:
            return _json(400, {"error": str(refused)})
        return Answer(status=204) if said is None else _json(200, said)

    def _table(self) -> Mapping[tuple[str, str], _Carry]:
        return {
            ("GET", "health"): lambda _: {"ok": True},
            ("GET", "calls"): lambda _: {"calls": self.calls.listed()},
            ("DELETE", "calls"): lambda _: self.calls.clear(),
            ("GET", "faults"): lambda _: {"faults": [asdict(f) for f in self.faults.pending()]},
            ("POST", "faults"): lambda order: self.faults.order(fault_ordered(order)),
            ("DELETE", "faults"): lambda _: self.faults.clear(),
            ("POST", "script"): self._set_script,
            ("GET", "alive"): lambda _: alive(self.local.core),
            ("POST", "standing"): self._set_standing,
            ("POST", "clock"): self._set_clock,
            ("POST", "aws-keys"): lambda order: self.aws_keys.add(key_from(order)),
        }

    def _set_script(self, order: Fields) -> None:
        self.faults.script = script_ordered(order)

    def _set_standing(self, order: Fields) -> None:
        standing = order.text("standing")
        if standing not in STANDINGS:
            raise OrderRefused(f"standing must be one of {list(STANDINGS)}")
        self.local.core.seal.standing = cast("Standing", standing)

    def _set_clock(self, order: Fields) -> None:
        self.local.core.clock.skew_s = order.seconds("skew")


def _document(body: bytes) -> Document:
    try:
        read: object = json.loads(body or b"{}")
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise OrderRefused("the body is not a JSON object")
    return cast("Document", read)


def _json(status: int, content: Document) -> Answer:
    headers = (("content-type", "application/json"),)
    return Answer(status=status, headers=headers, body=json.dumps(content).encode())
