"""Checks of the headers that harden answers, and of plain http."""

import re
from collections.abc import Mapping

from bff.doctor.checks.configured import is_local
from bff.doctor.checks.look import Look
from bff.doctor.facts import OFFLINE, Answer, Facts, Probe, Unreached
from bff.doctor.finding import Finding, met, quoted, unmet, unseen
from bff.settings import Settings

_REFUSED_FROM = 400


REFUSALS = frozenset({400, 403})
"""How the BFF says no to what it was asked; a 404 would be of something else in its place."""


LEAVE_HEADERS = "leave the BFF's own headers as they are in whatever stands in front"


_LASTING = re.compile(r"(?:^|;)\s*max-age\s*=\s*\"?0*[1-9]", re.ASCII | re.IGNORECASE)
_LOOSE = frozenset({"*", "'unsafe-inline'", "'unsafe-eval'"})


def _csp(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    policy = _directives(answers[Probe.APP])
    scripts = policy.get("script-src", policy.get("default-src", ["*"]))
    loose = [word for word in scripts if word in _LOOSE or word.endswith(":")]
    if loose:
        return unmet(f"script-src {quoted(' '.join(loose))}", do=LEAVE_HEADERS)
    return met(f"script-src {quoted(' '.join(scripts))}")


def _directives(answer: Answer) -> dict[str, list[str]]:
    parts = (part.split() for part in answer.header("content-security-policy").split(";"))
    return {words[0].lower(): words[1:] for words in parts if words}


def _address_untold(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    told = answers[Probe.CALLBACK_FORGED].header("referrer-policy")
    if told == "no-referrer":
        return met("no-referrer")
    return unmet(f"referrer-policy is {quoted(repr(told))}", do=LEAVE_HEADERS)


def _not_kept(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    kept = [
        probe.value
        for probe, answer in answers.items()
        if "no-store" not in answer.header("cache-control")
    ]
    if kept:
        return unmet(f"no no-store: {', '.join(kept)}", do=LEAVE_HEADERS)
    return met(f"no-store in {len(answers)} answers")


def _not_guessed(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    guessed = [
        probe.value
        for probe, answer in answers.items()
        if answer.header("x-content-type-options") != "nosniff"
    ]
    if guessed:
        return unmet(f"no nosniff: {', '.join(guessed)}", do=LEAVE_HEADERS)
    return met(f"nosniff in {len(answers)} answers")


def _unframed(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    if _directives(answers[Probe.APP]).get("frame-ancestors") != ["'none'"]:
        return unmet("the app has no frame-ancestors 'none'", do=LEAVE_HEADERS)
    if answers[Probe.LOGIN_FRAMED].status not in REFUSALS:
        return unmet("a login begins in a frame", do="let Sec-Fetch-Dest pass to the BFF")
    return met("frame-ancestors 'none', and no login begins in a frame")


def _told_https(answers: Mapping[Probe, Answer], settings: Settings) -> Finding:
    if not settings.public_url.startswith("https://"):
        return unseen("the public URL is http")
    header = answers[Probe.APP].header("strict-transport-security")
    # `max-age=0` makes browsers forget it (RFC 6797 §6.1.1).
    if _LASTING.search(header):
        return met(quoted(header))
    return unmet(
        "no Strict-Transport-Security",
        do="add it at the load balancer or CDN: max-age=63072000; includeSubDomains",
    )


def only_https(facts: Facts) -> Finding:
    """Judge where plain http leads (G4): nobody listening there is as good as a redirect."""
    if facts.settings.public_url.startswith("http://"):
        do = "serve people over https: BFF_PUBLIC_URL=https://…"
        if is_local(facts.settings.public_url):
            return unseen("the public URL is http, on this machine alone")
        return unmet("the public URL is http", do=do)
    app = facts.answers.get(Probe.APP, OFFLINE)
    if isinstance(app, Unreached):
        return unseen(app.why)
    found = facts.answers.get(Probe.PLAIN, OFFLINE)
    if isinstance(found, Unreached):
        return met("nobody answers there")
    if found.header("location").startswith("https://") or found.status >= _REFUSED_FROM:
        return met(f"{found.status}, no page")
    return unmet(f"answers {found.status}", do="redirect to https, or close port 80")


LOOKS: Mapping[str, Look] = {
    "B13": Look(probes=(Probe.APP,), judge=_csp),
    "S16": Look(probes=(Probe.CALLBACK_FORGED,), judge=_address_untold),
    "G1": Look(
        probes=(Probe.LOGIN, Probe.CALLBACK_BARE, Probe.SESSION, Probe.AGENTS, Probe.INVOCATION),
        judge=_not_kept,
    ),
    "G2": Look(probes=(Probe.SESSION, Probe.AGENTS, Probe.APP), judge=_not_guessed),
    "G3": Look(probes=(Probe.APP, Probe.LOGIN_FRAMED), judge=_unframed),
    "G5": Look(probes=(Probe.APP,), judge=_told_https),
}
"""Checks of hardening, by clause."""
