"""From facts to verdicts: every clause once, or once for each provider."""

from collections.abc import Iterable, Iterator

from bff.doctor.checks.keyset import judged
from bff.doctor.checks.look import looked
from bff.doctor.checks.offer import Offer
from bff.doctor.checks.table import ENTRIES, KEY_SETS, LOOKS, OFFERS, REACHED, SETTINGS, WHOLE
from bff.doctor.clause import Clause, Evidence, Outcome, Verdict
from bff.doctor.clauses.table import CLAUSES
from bff.doctor.facts import Facts, Published, Unreached
from bff.doctor.finding import Finding, Standing, outcome_of, shown, unseen


def examine(facts: Facts) -> list[Verdict]:
    """Judge every clause, in the order of the report."""
    return [verdict for clause in CLAUSES for verdict in _verdicts(clause, facts)]


def failed(verdicts: Iterable[Verdict]) -> bool:
    """Tell whether a MUST is broken."""
    return any(verdict.outcome is Outcome.FAILED for verdict in verdicts)


def _verdicts(clause: Clause, facts: Facts) -> Iterator[Verdict]:
    if clause.id in ENTRIES or _is_of_providers(clause):
        for published in facts.providers:
            evidence, finding = _of_provider(clause, published, facts)
            yield _verdict(clause, evidence, finding, about=published.entry.name)
    else:
        yield _verdict(clause, *_found(clause, facts))


def _is_of_providers(clause: Clause) -> bool:
    return any(clause.id in table for table in (REACHED, OFFERS, KEY_SETS))


def _of_provider(clause: Clause, published: Published, facts: Facts) -> tuple[Evidence, Finding]:
    if clause.id in ENTRIES:
        return Evidence.CONFIGURATION, ENTRIES[clause.id](published.entry)
    return Evidence.PROVIDER, _of_document(clause, published, facts)


def _of_document(clause: Clause, published: Published, facts: Facts) -> Finding:
    document = published.document
    if clause.id in REACHED:
        return REACHED[clause.id](published)
    if clause.id in KEY_SETS:
        return judged(KEY_SETS[clause.id], published)
    if isinstance(document, Unreached):
        return unseen(document.why)
    offer = Offer(entry=published.entry, document=document, dev=facts.settings.dev)
    return OFFERS[clause.id](offer)


def _found(clause: Clause, facts: Facts) -> tuple[Evidence, Finding]:
    if clause.id in SETTINGS:
        return Evidence.CONFIGURATION, SETTINGS[clause.id](facts.settings)
    if clause.id in WHOLE:
        evidence, check = WHOLE[clause.id]
        return evidence, check(facts)
    look = LOOKS.get(clause.id)
    if look is not None:
        return Evidence.PROBE, looked(look, facts)
    return Evidence.TESTS, shown("kept by the program, whatever its configuration is")


def _verdict(
    clause: Clause, evidence: Evidence, finding: Finding, *, about: str | None = None
) -> Verdict:
    return Verdict(
        clause=clause,
        outcome=outcome_of(finding.standing, clause.level),
        evidence=Evidence.TESTS if finding.standing is Standing.SHOWN else evidence,
        seen=finding.seen,
        advice=finding.advice,
        about=about,
    )
