"""Checks of how logins end at a provider."""

from collections.abc import Callable, Mapping

from bff.doctor.checks.offer import Offer
from bff.doctor.finding import Finding, met, unmet


def _end_session(offer: Offer) -> Finding:
    if offer.has("end_session_endpoint"):
        return met("offered, and used")
    return unmet("not offered", do="people stay logged in at the provider: tell them")


def _backchannel(offer: Offer) -> Finding:
    if not offer.says("backchannel_logout_supported"):
        return unmet("not offered", do="a blocked account lives on here until its next refresh")
    told = offer.says("backchannel_logout_session_supported")
    return met("with the session's id" if told else "for all of a person's sessions at once")


def _revocation(offer: Offer) -> Finding:
    if offer.has("revocation_endpoint"):
        return met("offered, and used at logout")
    return unmet("not offered", do="keep refresh tokens short-lived at the provider")


OFFERS: Mapping[str, Callable[[Offer], Finding]] = {
    "P13": _end_session,
    "P14": _backchannel,
    "P15": _revocation,
}
"""Checks of endings, by clause."""
