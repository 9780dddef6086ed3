"""A look at answers of the running BFF, and whether it is one that answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bff.doctor.facts import OFFLINE, Answer, Facts, Probe, Unreached
from bff.doctor.finding import Finding, unseen
from bff.settings import Settings

_OK = 200


_BROKEN = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A check, and the answers that it needs."""

    probes: tuple[Probe, ...]
    judge: Callable[[Mapping[Probe, Answer], Settings], Finding]


def looked(look: Look, facts: Facts) -> Finding:
    """Return a check's finding, or why it could not be made."""
    asks_who = look.probes == (Probe.SESSION,)
    if not asks_who and _is_another(facts.answers.get(Probe.SESSION, OFFLINE)):
        # Its refusals would be taken for ours.
        return unseen("something else answers at the public URL (G9)")
    answers: dict[Probe, Answer] = {}
    for probe in look.probes:
        found = facts.answers.get(probe, OFFLINE)
        if isinstance(found, Unreached):
            return unseen(found.why)
        if found.status >= _BROKEN and probe is not Probe.APP:
            return unseen(f"{probe.value}: answered {found.status}, see the log of the BFF")
        answers[probe] = found
    return look.judge(answers, facts.settings)


def _is_another(answer: Answer | Unreached) -> bool:
    return isinstance(answer, Answer) and answer.status < _BROKEN and not is_of_the_bff(answer)


def is_of_the_bff(answer: Answer) -> bool:
    """Tell whether it is a BFF that answers: it says that nobody is logged in."""
    try:
        told: object = json.loads(answer.body)
    except ValueError:
        return False
    return answer.status == _OK and told == {"authenticated": False}
