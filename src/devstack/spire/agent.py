"""An agent that knows who its workload is: what it answers, without any wire."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition

from devstack.spire.faults import Fault
from devstack.spire.issuing import Issuer, JwtAnswer, X509Answer
from trust.clock import Clock


class Refusal(Exception):
    """The call is answered by a gRPC status; `code` is its name."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class Hanging(Exception):
    """The call is not answered at all."""


@dataclass(slots=True)
class _Planted:
    fault: Fault
    times: int | None


class Agent:
    """The agent of one machine with one workload on it. Safe to use from any number of threads."""

    def __init__(self, identities: Sequence[str], issuer: Issuer, *, clock: Clock) -> None:
        self.issuer = issuer
        self.calls: Counter[str] = Counter()
        self._clock = clock
        self._identities = list(identities)
        self._hints: dict[str, str] = {}
        self._planted: list[_Planted] = []
        self._changed = Condition()
        self._version = 0

    @property
    def version(self) -> int:
        """Goes up whenever streams have something new to say."""
        return self._version

    def await_change(self, seen: int, alive: Callable[[], bool]) -> None:
        """Block until the version is another than `seen`, or the stream is not `alive`."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen or not alive())

    def wake(self) -> None:
        """Have all streams look whether they are still alive."""
        with self._changed:
            self._changed.notify_all()

    def assign(self, *identities: str) -> None:
        """Give the workload these identities, and no others."""
        self._identities = list(identities)
        self._tell()

    def hint(self, **hints: str) -> None:
        """Say what its identities are for: SPIFFE IDs by hints, as the entries' owner names them.

        A hint means something to who wrote it alone; of one there is at most one identity
        (Workload API §5.2.1).
        """
        self._hints = {name: hint for hint, name in hints.items()}
        self._tell()

    def hint_of(self, name: str) -> str:
        """Return what an identity is for; empty where nobody has said it."""
        return self._hints.get(name, "")

    @property
    def ends(self) -> bool:
        """Whether what a stream is told next is the last that it is told."""
        with self._changed:
            return any(planted.fault is Fault.ENDS for planted in self._planted)

    def plant(self, fault: Fault, times: int | None = None) -> None:
        """Fail so many calls from now on; None: until `heal`."""
        with self._changed:
            self._planted.append(_Planted(fault, times))
        self._tell()

    def heal(self) -> None:
        """Do everything right again."""
        with self._changed:
            self._planted.clear()
        self._tell()

    def rotate_jwt_keys(self, *, forget: bool = False) -> None:
        """Sign by a new key; `forget`: what the old ones have signed is good for nothing."""
        self.issuer.jwt.rotate(forget=forget)
        self.rotate_identities()

    def rotate_identities(self) -> None:
        """Give the workload new identities, by the same keys."""
        self.issuer.forget()
        self._tell()

    def rotate_authority(self) -> None:
        """Have a new authority of certificates, and so new ones."""
        self.issuer.rotate_authority()
        self._tell()

    def jwt_svids(self, audience: Sequence[str], wanted: str) -> list[JwtAnswer]:
        """Answer FetchJWTSVID. Raises Refusal, Hanging."""
        fault = self._begin("FetchJWTSVID")
        if not audience:
            raise Refusal("INVALID_ARGUMENT", "audience must be specified")
        names = self._names(wanted)
        return [
            self.issuer.jwt_svid(name, tuple(audience), fault)
            for name in names
            if fault is not Fault.EMPTY
        ]

    def x509_svids(self) -> list[X509Answer]:
        """Answer FetchX509SVID, once. Raises Refusal, Hanging."""
        fault = self._begin("FetchX509SVID")
        names = self._names("")
        return [self.issuer.x509_svid(name, fault) for name in names if fault is not Fault.EMPTY]

    def jwt_bundles(self) -> dict[str, bytes]:
        """Answer FetchJWTBundles, once. Raises Refusal, Hanging."""
        self._begin("FetchJWTBundles")
        return {f"spiffe://{self.issuer.trust_domain}": self.issuer.jwt.bundle()}

    def x509_bundles(self) -> dict[str, bytes]:
        """Answer FetchX509Bundles, once. Raises Refusal, Hanging."""
        self._begin("FetchX509Bundles")
        return {f"spiffe://{self.issuer.trust_domain}": self.issuer.authority.bundle}

    def validated(self, audience: str, token: str) -> dict[str, object]:
        """Answer ValidateJWTSVID: the claims, of which `sub` says who. Raises Refusal, Hanging."""
        self._begin("ValidateJWTSVID")
        if not audience or not token:
            raise Refusal("INVALID_ARGUMENT", "audience and svid must be specified")
        try:
            claims = self.issuer.jwt.verified(token)
        except ValueError as error:
            raise Refusal("INVALID_ARGUMENT", str(error)) from error
        named, ends = claims.get("aud"), claims.get("exp")
        if not isinstance(named, list) or audience not in named:
            raise Refusal("INVALID_ARGUMENT", "it is for another audience")
        if not isinstance(ends, int) or ends <= self._clock.now():
            raise Refusal("INVALID_ARGUMENT", "it is over")
        return claims

    def _names(self, wanted: str) -> list[str]:
        names = [name for name in self._identities if wanted in {"", name}]
        if not names:
            raise Refusal("PERMISSION_DENIED", "no identity issued")
        return names

    def _begin(self, method: str) -> Fault | None:
        with self._changed:
            self.calls[method] += 1
            fault = self._next_fault()
        if fault is Fault.HANG:
            raise Hanging
        if fault is Fault.ENDS:
            # What it says is right.
            return None
        if fault is Fault.UNAVAILABLE:
            raise Refusal("UNAVAILABLE", "the agent has no connection to its server")
        if fault is Fault.DENIED:
            raise Refusal("PERMISSION_DENIED", "no identity issued")
        return fault

    def _next_fault(self) -> Fault | None:
        if not self._planted:
            return None
        first = self._planted[0]
        if first.times is not None:
            first.times -= 1
            if first.times == 0:
                del self._planted[0]
        return first.fault

    def _tell(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify_all()


def agent(*identities: str, clock: Clock, ttl_s: int = 300, certificate_ttl_s: int = 3600) -> Agent:
    """Return an agent of the trust domain of its first identity, such as `spiffe://a.example/b`."""
    trust_domain = identities[0].removeprefix("spiffe://").partition("/")[0]
    issuer = Issuer(trust_domain, clock=clock, ttl_s=ttl_s, certificate_ttl_s=certificate_ttl_s)
    return Agent(identities, issuer, clock=clock)
