"""All checks, by clause, and by what they look at."""

from collections.abc import Callable, Mapping

from bff.doctor.checks import (
    configured,
    cookies,
    endings,
    flow,
    hardening,
    keyset,
    proofs,
    redirect,
    refusals,
)
from bff.doctor.checks.look import Look
from bff.doctor.checks.offer import Offer, fetched, not_mixed_up
from bff.doctor.clause import Evidence
from bff.doctor.facts import Facts, Published
from bff.doctor.finding import Finding

ENTRIES = configured.ENTRIES
SETTINGS = configured.SETTINGS
KEY_SETS = keyset.KEY_SETS

OFFERS: Mapping[str, Callable[[Offer], Finding]] = {
    **flow.OFFERS,
    **proofs.OFFERS,
    **endings.OFFERS,
}
"""Checks of one provider's document."""

REACHED: Mapping[str, Callable[[Published], Finding]] = {
    "P1": fetched,
    "P16": keyset.fitting,
}
"""Checks of whether there is anything to look at."""

LOOKS: Mapping[str, Look] = {
    **cookies.LOOKS,
    **redirect.LOOKS,
    **refusals.LOOKS,
    **hardening.LOOKS,
}
"""Checks of the running BFF."""

WHOLE: Mapping[str, tuple[Evidence, Callable[[Facts], Finding]]] = {
    "S4": (Evidence.PROVIDER, not_mixed_up),
    "G4": (Evidence.PROBE, hardening.only_https),
}
"""Checks that look at everything together."""
