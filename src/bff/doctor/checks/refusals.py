"""Checks of what the running BFF says no to, and how."""

from collections.abc import Mapping

from bff.doctor.checks.hardening import LEAVE_HEADERS, REFUSALS
from bff.doctor.checks.look import Look, is_of_the_bff
from bff.doctor.facts import Answer, Probe
from bff.doctor.finding import Finding, met, quoted, tolerated, unmet
from bff.settings import Settings
from trust.problem import MEDIA_TYPE

_BAD_REQUEST, _UNAUTHORIZED, _NOT_ALLOWED = 400, 401, 405


def _another_page_refused(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    return _all_refused(answers, "something in front drops Sec-Fetch-Site or Origin: let them pass")


def _header_demanded(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    return _all_refused(answers, "something in front adds X-CSRF: the browser alone may")


def _stays_here(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    return _all_refused(answers, "update: an address of another site was taken")


def _answer_of_nobody(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    return _all_refused(answers, "update: an answer that nobody asked for was taken")


def _all_refused(answers: Mapping[Probe, Answer], do: str) -> Finding:
    let_in = [probe.value for probe, answer in answers.items() if answer.status not in REFUSALS]
    if let_in:
        return unmet(f"not refused: {', '.join(let_in)}", do=do)
    return met(f"refused: {'; '.join(probe.value for probe in answers)}")


def _no_leave(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    given = sorted(
        {
            name
            for answer in answers.values()
            for name, _ in answer.headers
            if name.startswith("access-control-allow-")
        }
    )
    if given:
        return unmet(quoted(", ".join(given)), do="switch CORS off in front of the BFF")
    return met("no Access-Control-Allow-… header")


def _post_only(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    status = answers[Probe.INVOCATION_GET].status
    if status == _NOT_ALLOWED:
        return met("GET is answered by 405")
    return unmet(f"GET is answered by {status}", do="let the BFF itself answer under /api")


def _session_told(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    answer = answers[Probe.SESSION]
    if is_of_the_bff(answer):
        return met("200, nobody is logged in")
    return unmet(
        f"GET /auth/session: {answer.status}, not as the BFF answers",
        do="BFF_PUBLIC_URL and whatever stands in front have to lead here",
    )


def _problem(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    for probe, answer in answers.items():
        if answer.status != _UNAUTHORIZED or MEDIA_TYPE not in answer.header("content-type"):
            kind = quoted(answer.header("content-type") or "no type")
            return unmet(f"{probe.value}: {answer.status}, {kind}", do=LEAVE_HEADERS)
    return met(f"401 with {MEDIA_TYPE}")


def _logout_token(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    answer = answers[Probe.BACKCHANNEL]
    if answer.status != _BAD_REQUEST:
        return unmet(f"{answer.status}", do="let the provider's calls reach the BFF as they are")
    if "no-store" not in answer.header("cache-control"):
        # No more than a SHOULD in §2.8.
        return tolerated("400 without no-store", do=LEAVE_HEADERS)
    return met("400, no-store")


LOOKS: Mapping[str, Look] = {
    "B5a": Look(
        probes=(Probe.SESSION_CROSS_SITE, Probe.SESSION_SIBLING, Probe.SESSION_ORIGIN),
        judge=_another_page_refused,
    ),
    "B5b": Look(
        probes=(Probe.SESSION_NO_HEADER, Probe.LOGOUT_NO_HEADER, Probe.INVOCATION_NO_HEADER),
        judge=_header_demanded,
    ),
    "B5c": Look(probes=(Probe.PREFLIGHT, Probe.SESSION_CROSS_SITE), judge=_no_leave),
    "B7b": Look(probes=(Probe.INVOCATION_GET,), judge=_post_only),
    "B9a": Look(probes=(Probe.SESSION,), judge=_session_told),
    "S2": Look(probes=(Probe.LOGIN_AWAY,), judge=_stays_here),
    "S3": Look(probes=(Probe.CALLBACK_BARE, Probe.CALLBACK_FORGED), judge=_answer_of_nobody),
    "L1": Look(probes=(Probe.BACKCHANNEL,), judge=_logout_token),
    "G6": Look(probes=(Probe.AGENTS, Probe.INVOCATION), judge=_problem),
    "G9": Look(probes=(Probe.SESSION,), judge=_session_told),
}
"""Checks of refusals, by clause."""
