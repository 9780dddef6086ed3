"""A provider's document beside what was agreed with it, and all of them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bff.doctor.facts import OFFLINE, Facts, Published, Unreached, texts_in
from bff.doctor.finding import Finding, met, unmet, unseen
from bff.provider.providers import callback_of
from trust.registry.record import ProviderEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A provider's document beside what was agreed with it."""

    entry: ProviderEntry
    document: Mapping[str, Any]
    dev: bool

    def texts(self, name: str, *, default: Sequence[str] = ()) -> list[str]:
        """Return a member that is a list of texts; `default` where it is missing or none."""
        return texts_in(self.document, name, default=default)

    def has(self, name: str) -> bool:
        """Tell whether a member is a text with something in it."""
        found = self.document.get(name)
        return isinstance(found, str) and bool(found)

    def says(self, name: str) -> bool:
        """Tell whether a member is `true`."""
        return self.document.get(name) is True


def fetched(published: Published) -> Finding:
    """Judge whether there is a document at all (P1)."""
    if published.document is OFFLINE:
        return unseen(OFFLINE.why)
    if isinstance(published.document, Unreached):
        return unmet(published.document.why, do="check the issuer and the way to it from here")
    return met("a JSON object")


def not_mixed_up(facts: Facts) -> Finding:
    """Judge whether one provider's answer could be taken for another's (S4)."""
    if facts.registry is not None:
        return unseen(f"the registry: {facts.registry.why}")
    if len(facts.providers) == 1:
        return met("there is one provider")
    if any(one.document is OFFLINE for one in facts.providers):
        return unseen(OFFLINE.why)
    silent = [one for one in facts.providers if not _is_named(one)]
    shared = [one for one in silent if _shares_callback(one, facts.providers)]
    if shared:
        names = ", ".join(one.entry.name for one in shared)
        return unmet(
            f"{names}: names itself in no answer and shares its callback",
            do="own_callback = true in its entry",
        )
    return met(f"{len(facts.providers)} providers are told apart")


def _is_named(published: Published) -> bool:
    document = published.document
    name = "authorization_response_iss_parameter_supported"
    return not isinstance(document, Unreached) and document.get(name) is True


def _shares_callback(published: Published, every: Sequence[Published]) -> bool:
    own = callback_of(published.entry)
    return sum(callback_of(one.entry) == own for one in every) > 1
