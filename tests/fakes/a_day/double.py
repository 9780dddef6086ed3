"""The local Vault and the program's own adapters to it, in one loop with one clock."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

from requests.adapters import HTTPAdapter

from devstack.aws.wire import WireRequest
from devstack.vault.opening import open_gateway
from fakes.a_day.inline import Later, Wire
from fakes.a_day.script import DAY_S, Fault
from fakes.a_day.truth import Truth
from fakes.a_day.world import Fate
from fakes.vault_issuer import Issuer
from trust.clock import NumericDate
from trust.secret import Secret
from trust.secrets.reference import Reference, Scheme
from trust.secrets.settings import load_secret_settings
from trust.secrets.source import SigningSource, Source
from trust.secrets.spiffe.svid import JwtSvid
from trust.secrets.vault.sources import open_vault

ROOT = "hvs.root-of-the-day"
SUBJECT = "spiffe://example.org/gatehouse"
POLICY = {
    Scheme.VAULT_KV: 'path "{mount}/data/{below}" {{ capabilities = ["read"] }}',
    Scheme.VAULT_DATABASE: 'path "{mount}/creds/{below}" {{ capabilities = ["read"] }}',
    Scheme.VAULT_AWS: 'path "{mount}/sts/{below}" {{ capabilities = ["read", "update"] }}',
    Scheme.VAULT_TRANSIT: (
        'path "{mount}/keys/{below}" {{ capabilities = ["read"] }}\n'
        'path "{mount}/sign/{below}" {{ capabilities = ["create", "update"] }}\n'
        'path "{mount}/sign/{below}/*" {{ capabilities = ["create", "update"] }}'
    ),
}
OWN = (
    'path "sys/leases/renew" { capabilities = ["update"] }\n'
    'path "sys/leases/revoke" { capabilities = ["update"] }'
)


class _World:
    """The world's time, as Vault's own machine has it."""

    def __init__(self, truth: Truth) -> None:
        self._clock = truth.clock

    def now(self) -> NumericDate:
        return NumericDate(int(self._clock.world))

    def monotonic(self) -> float:
        return self._clock.world


class DoubleVault:
    """A day's keeper: the double behind, hvac in front."""

    def __init__(self, truth: Truth, *, cuts_tokens: bool = True) -> None:
        """`cuts_tokens`: a renewal may leave a token less time than it had."""
        self._truth = truth
        draw = Random(truth.script.seed)  # noqa: S311 a day that can be repeated
        self._gateway = open_gateway(clock=_World(truth), entropy=draw.randbytes, root_token=ROOT)
        self._core = self._gateway.local.core
        self._issuer = Issuer()
        self._rotation = -1
        self._allowed: frozenset[Reference] = frozenset()
        self._revoked: set[str] = set()
        self._prepare()
        settings = load_secret_settings(
            {
                "VAULT_ADDR": "http://127.0.0.1:8200",
                "BFF_VAULT_AUTH": "jwt-svid",
                "BFF_VAULT_ROLE": "gatehouse",
                "SPIFFE_ENDPOINT_SOCKET": "unix:///not/asked",
            }
        )
        self._vault = open_vault(settings, {}, truth.clock, draw.random, lambda: self)
        http: Any = self._vault.session._http
        wire = Wire(self._gateway, truth, self._before, cuts_tokens=cuts_tokens)
        self._libraries = HTTPAdapter.send
        # Below all that the program itself adds: whatever sessions it makes, they end up here.
        HTTPAdapter.send = lambda _, request, **__: wire.send(request)  # type: ignore[method-assign]  # until `close`
        http._threads.shutdown()
        http._threads = Later(wire)

    @property
    def sources(self) -> Mapping[Scheme, Source]:
        """The program's adapters."""
        vault = self._vault
        return {
            Scheme.VAULT_KV: vault.kv,
            Scheme.VAULT_DATABASE: vault.database,
            Scheme.VAULT_AWS: vault.aws,
        }

    @property
    def signers(self) -> Mapping[Scheme, SigningSource]:
        """The program's adapter to Transit."""
        return {Scheme.VAULT_TRANSIT: self._vault.transit}

    @property
    def logins(self) -> int:
        """How often somebody has logged in."""
        calls = self._gateway.calls.listed()
        return sum(call["path"] == "auth/jwt/login" and call["status"] == 200 for call in calls)

    def fate(self, place: Reference, version: str) -> Fate:
        """Look at the lease in Vault; what has none stays."""
        if place.scheme not in {Scheme.VAULT_DATABASE, Scheme.VAULT_AWS}:
            return Fate.ALIVE
        self._core.sweep()
        if any(lease.id == version for lease in self._core.leases.alive()):
            return Fate.ALIVE
        return Fate.REVOKED if version in self._revoked else Fate.ENDED

    async def jwt_svid(self, audience: str) -> JwtSvid:
        """Say who the process is, as its platform does."""
        now = int(self._truth.clock.world)
        token = self._issuer.token(sub=SUBJECT, aud=audience, iat=now, exp=now + 300)
        expires_at = NumericDate(now + 300)
        return JwtSvid(token=Secret(token), spiffe_id=SUBJECT, expires_at=expires_at)

    async def close(self) -> None:
        """Give everything back."""
        try:
            await self._vault.close()
        finally:
            HTTPAdapter.send = self._libraries  # type: ignore[method-assign]  # as it was

    # -- what the people do who look after it

    def _before(self, fault: Fault | None) -> None:
        """Bring Vault to the state that it is in at this time of the day."""
        self._core.sweep()
        if fault is Fault.TOKEN_REVOKED:
            self._revoke_tokens()
        denied = {place for place in self._truth.places if self._truth.denial(place)}
        self._allow(frozenset(self._truth.places) - denied)
        every_s = DAY_S / max(1, self._truth.script.rotations)
        if self._rotation != (now := int(self._truth.day_s / every_s)):
            self._rotation = now
            self._rotate()

    def _revoke_tokens(self) -> None:
        for token in self._core.tokens.alive():
            if token.id != ROOT:
                self._revoked |= {
                    lease.id for lease in self._core.leases.alive() if lease.token == token.id
                }
                self._core.tokens.revoke(token)

    def _allow(self, places: frozenset[Reference]) -> None:
        if places == self._allowed:
            return
        for place in self._allowed - places:
            prefix = f"{place.mount}/"
            gone = [lease for lease in self._core.leases.alive() if lease.id.startswith(prefix)]
            self._revoked |= {lease.id for lease in gone}
            self._core.leases.revoke_below(prefix, space="")
        self._allowed = places
        rules = [
            POLICY[place.scheme].format(mount=place.mount, below=place.below)
            for place in sorted(places, key=str)
        ]
        self._ask("PUT", "sys/policies/acl/gatehouse", {"policy": "\n".join([OWN, *rules])})

    def _rotate(self) -> None:
        for place in self._truth.places:
            if place.scheme is Scheme.VAULT_KV:
                data = {"password": f"canary-{place.below}-{self._rotation}"}
                self._ask("POST", f"{place.mount}/data/{place.below}", {"data": data})

    def _prepare(self) -> None:
        kinds: dict[Scheme, dict[str, Any]] = {
            Scheme.VAULT_KV: {"type": "kv", "options": {"version": "2"}},
            Scheme.VAULT_DATABASE: {"type": "database"},
            Scheme.VAULT_AWS: {"type": "aws"},
            Scheme.VAULT_TRANSIT: {"type": "transit"},
        }
        for mount, scheme in {place.mount: place.scheme for place in self._truth.places}.items():
            self._ask("POST", f"sys/mounts/{mount}", kinds[scheme])
        for place in self._truth.places:
            self._make(place)
        self._ask("POST", "sys/auth/jwt", {"type": "jwt"})
        self._ask("POST", "auth/jwt/config", {"jwt_validation_pubkeys": [self._issuer.pem]})
        self._ask(
            "POST",
            "auth/jwt/role/gatehouse",
            {
                "role_type": "jwt",
                "user_claim": "sub",
                "bound_subject": SUBJECT,
                "bound_audiences": ["vault"],
                "token_policies": ["gatehouse"],
                "token_ttl": 1200,
                "token_max_ttl": 3600,
            },
        )

    def _make(self, place: Reference) -> None:
        match place.scheme:
            case Scheme.VAULT_DATABASE:
                config = {"plugin_name": "postgresql-database-plugin", "allowed_roles": "*"}
                self._ask("POST", f"{place.mount}/config/main", config)
                role = {"db_name": "main", "default_ttl": 1800, "max_ttl": 3600}
                self._ask("POST", f"{place.mount}/roles/{place.below}", role)
            case Scheme.VAULT_AWS:
                arn = "arn:aws:iam::123456789012:role/app"
                role = {"credential_type": "assumed_role", "role_arns": [arn]}
                self._ask("POST", f"{place.mount}/roles/{place.below}", role)
            case Scheme.VAULT_TRANSIT:
                self._ask("POST", f"{place.mount}/keys/{place.below}", {"type": "ecdsa-p256"})
            case _:
                pass

    def _ask(self, method: str, path: str, fields: Mapping[str, Any]) -> None:
        request = WireRequest(
            method=method,
            path=f"/v1/{path}",
            query="",
            headers=(("x-vault-token", ROOT), ("x-vault-request", "true")),
            body=json.dumps(fields).encode(),
        )
        answer = self._gateway.undisturbed(request)
        assert answer.status < 300, (path, answer)
