"""The end of all sessions of a tenant whose entry has just changed."""

import math

from trust.clock import NumericDate
from trust.coordinates import TenantId
from trust.session.ledger import Ledger


async def cut_off(
    ledger: Ledger, tenant: TenantId, *, remembered_s: float, now: NumericDate
) -> int:
    """End every session of a tenant, and what is being authenticated; return how many.

    For `remembered_s` other processes still take the tenant for what it was, so the cutoff stands
    at that moment's end: who logs in there meanwhile authenticated too early. Raises
    StoreUnavailable.
    """
    until = NumericDate(now + math.ceil(remembered_s) + 1)
    return await ledger.cut_off_tenant(tenant, now=until)
