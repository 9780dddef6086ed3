"""Making identities for a workload: right ones, and ones that are wrong in a chosen way."""

import base64
import json
from dataclasses import replace
from typing import NamedTuple

from devstack.spire.authority import CertificateAuthority, Certified, JwtKeys, claims_of
from devstack.spire.faults import Fault
from trust.clock import Clock, NumericDate

IMPOSTOR = "elsewhere.example"
"""The trust domain of `Fault.FOREIGN_TRUST_DOMAIN`."""


class JwtAnswer(NamedTuple):
    """One JWT-SVID."""

    spiffe_id: str
    token: str


class X509Answer(NamedTuple):
    """One X509-SVID, with the authorities of its trust domain."""

    spiffe_id: str
    certified: Certified
    bundle: bytes


class Issuer:
    """A trust domain that makes identities, and keeps them as SPIRE's agent does."""

    def __init__(
        self, trust_domain: str, *, clock: Clock, ttl_s: int, certificate_ttl_s: int
    ) -> None:
        self.trust_domain = trust_domain
        self.jwt = JwtKeys()
        self.authority = CertificateAuthority(trust_domain, clock.now())
        self._clock = clock
        self._ttl_s = ttl_s
        self._certificate_ttl_s = certificate_ttl_s
        self._given: dict[tuple[str, ...], tuple[NumericDate, str]] = {}
        self._certified: dict[str, Certified] = {}

    def forget(self) -> None:
        """Make new identities from now on."""
        self._given.clear()
        self._certified.clear()

    def rotate_authority(self) -> None:
        """Have a new authority, for new certificates."""
        self.authority = CertificateAuthority(self.trust_domain, self._clock.now())
        self.forget()

    def jwt_svid(self, name: str, audience: tuple[str, ...], fault: Fault | None) -> JwtAnswer:
        """Return an identity for `audience`."""
        if fault is None:
            return JwtAnswer(name, self._kept(name, audience))
        if fault is Fault.GARBAGE:
            return JwtAnswer(name, "this.is.garbage")
        if fault is Fault.WRONG_AUDIENCE:
            audience = ("https://elsewhere.example",)
        shown = _shown(name, fault)
        ttl_s = -1 if fault is Fault.EXPIRED else self._ttl_s
        claims = claims_of(shown, audience, self._clock.now(), ttl_s)
        if fault is Fault.UNSIGNED:
            return JwtAnswer(shown, unsigned(claims))
        stranger = fault in {Fault.FOREIGN_TRUST_DOMAIN, Fault.WRONG_KEY}
        return JwtAnswer(shown, (JwtKeys() if stranger else self.jwt).signed(claims))

    def x509_svid(self, name: str, fault: Fault | None) -> X509Answer:
        """Return an identity with its key."""
        if fault is None:
            return X509Answer(name, self._certificate(name), self.authority.bundle)
        now, shown = self._clock.now(), _shown(name, fault)
        foreign = fault is Fault.FOREIGN_TRUST_DOMAIN
        authority = CertificateAuthority(IMPOSTOR, now) if foreign else self.authority
        ttl_s = 1 if fault is Fault.EXPIRED else self._certificate_ttl_s
        made = authority.certified(shown, now, ttl_s)
        if fault is Fault.GARBAGE:
            made = replace(made, certificate=b"garbage")
        if fault is Fault.WRONG_KEY:
            made = replace(made, key=authority.certified(shown, now, ttl_s).key)
        return X509Answer(shown, made, authority.bundle)

    def _kept(self, name: str, audience: tuple[str, ...]) -> str:
        # Until half of its life, as SPIRE's agent does.
        now = self._clock.now()
        ends, token = self._given.get((name, *audience), (NumericDate(0), ""))
        if ends - now <= self._ttl_s / 2:
            ends = NumericDate(now + self._ttl_s)
            token = self.jwt.signed(claims_of(name, audience, now, self._ttl_s))
            self._given[(name, *audience)] = (ends, token)
        return token

    def _certificate(self, name: str) -> Certified:
        if name not in self._certified:
            now = self._clock.now()
            self._certified[name] = self.authority.certified(name, now, self._certificate_ttl_s)
        return self._certified[name]


def _shown(name: str, fault: Fault) -> str:
    path = name.removeprefix("spiffe://").partition("/")[2]
    if fault is Fault.FOREIGN_TRUST_DOMAIN:
        return f"spiffe://{IMPOSTOR}/{path}"
    return f"{name}-s-neighbour" if fault is Fault.OTHER_WORKLOAD else name


def unsigned(claims: dict[str, object]) -> str:
    """Return an unsecured JWT (RFC 7519 §6), with something in place of a signature."""

    def part(what: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(what).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}.c2ln"
