"""Stronger or fresher authentication: what was asked for, and whether the answer meets it.

OpenID Connect Core §3.1.2.1 leaves `acr_values` to the provider's good will; here an answer that
does not meet it is refused, or asking would be a gesture (RFC 9470 §5).
"""

import hmac
import re
from dataclasses import dataclass

from bff.provider.compact import Claims
from bff.provider.errors import DemandMalformed, OtherSubject, StepUpNotMet
from bff.provider.id_token import LEEWAY_S
from trust.clock import NumericDate
from trust.coordinates import TenantId
from trust.session.record import Session

MOST_ACR_VALUES = 10
MAX_AGE_LIMIT_S = 31 * 24 * 3600

_ACR = re.compile(r"[A-Za-z0-9._:/+-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How a person has to authenticate; empty for a login as the provider sees fit."""

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    """Seconds since they last did; 0 asks them now."""


NO_DEMAND = Demand()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose session it is that goes on: nobody else's may come of it."""

    tenant: TenantId
    subject: str
    id_hash: str


def demand_of(acr_values: str | None, max_age: str | None) -> Demand:
    """Read the parameters of a step-up. Raises DemandMalformed."""
    values = tuple(acr_values.split(" ")) if acr_values else ()
    if len(values) > MOST_ACR_VALUES or not all(map(_ACR.fullmatch, values)):
        raise DemandMalformed("acr_values")
    if max_age is None:
        return Demand(acr_values=values)
    if not (max_age.isascii() and max_age.isdecimal() and len(max_age) < 10):  # noqa: PLR2004 seconds
        raise DemandMalformed("max_age")
    return Demand(acr_values=values, max_age=min(int(max_age), MAX_AGE_LIMIT_S))


def holder_of(session: Session) -> Holder:
    """Return whose session this is."""
    owner = session.owner
    return Holder(tenant=owner.tenant, subject=owner.subject, id_hash=session.id_hash)


def hold_to(demand: Demand, claims: Claims, *, begun_at: NumericDate) -> None:
    """Hold an answer to what was asked for. Raises StepUpNotMet.

    `auth_time` has to be the provider's own word (OpenID Connect Core §3.1.3.7 no. 13): the time
    of the token would make every silent answer a fresh one.
    """
    if demand.acr_values and claims.get("acr") not in demand.acr_values:
        raise StepUpNotMet("acr is none of those asked for")
    if demand.max_age is None:
        return
    auth_time = claims.get("auth_time")
    if auth_time is None or auth_time < begun_at - demand.max_age - LEEWAY_S:
        raise StepUpNotMet("authenticated too long ago, or the provider does not say when")


def same_person(holder: Holder | None, *, tenant: TenantId, subject: str) -> None:
    """Hold an answer to the person who asked. Raises OtherSubject."""
    if holder is None:
        return
    if holder.tenant != tenant or not hmac.compare_digest(holder.subject, subject):
        raise OtherSubject("somebody else answered")
