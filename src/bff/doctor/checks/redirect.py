"""Checks of where a login leads, and of what it asks the provider there."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from bff.doctor.checks.look import Look
from bff.doctor.facts import Answer, Probe
from bff.doctor.finding import Finding, met, quoted, shown, unmet
from bff.settings import Settings

_FOUND, _SEE_OTHER = 302, 303


_PUSHED, _SIGNED = "request_uri", "request"
"""Parameters that stand for all others (RFC 9126 §4, RFC 9101 §5)."""


_JWT = "eyJ"
"""How every signed JWT begins: an object's first brace and quote, in base64url."""


_TOKENS = ("access_token", "refresh_token", "id_token", _JWT)
"""What tells of a token in a body."""


_RESTART = "the provider could not be asked, or something in between rewrites answers: see the log"


def _code_grant(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    query = _query(answers[Probe.LOGIN])
    if hidden := _hidden(query):
        return shown(hidden)
    if query.get("response_type") == "code":
        return met("response_type=code")
    return unmet("the login leads to no authorization request", do=_RESTART)


def _redirect_uri(answers: Mapping[Probe, Answer], settings: Settings) -> Finding:
    query = _query(answers[Probe.LOGIN])
    if _PUSHED in query and "redirect_uri" not in query:
        # A provider takes no push whose redirect URI is not registered there (RFC 9126 §2.1).
        return met("pushed, and the provider took it")
    if _SIGNED in query and "redirect_uri" not in query:
        return shown(_hidden(query))
    sent = query.get("redirect_uri", "")
    if sent == f"{settings.public_url}/auth/callback":
        return met("BFF_PUBLIC_URL and /auth/callback")
    return unmet(f"redirect_uri is {quoted(repr(sent))}", do="set BFF_PUBLIC_URL, and restart")


def _s256(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    query = _query(answers[Probe.LOGIN])
    if hidden := _hidden(query):
        return shown(hidden)
    if query.get("code_challenge_method") == "S256" and query.get("code_challenge"):
        return met("S256")
    return unmet("no S256 challenge in the request", do=_RESTART)


def _tokens_by_code_only(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    query = _query(answers[Probe.LOGIN])
    if hidden := _hidden(query):
        return shown(hidden)
    asked = query.get("response_type", "")
    if "token" in asked or not asked:
        return unmet(f"response_type is {quoted(repr(asked))}", do=_RESTART)
    return met(f"response_type={quoted(asked)}")


def _redirected(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    answer = answers[Probe.LOGIN]
    if answer.status == _SEE_OTHER and answer.header("location"):
        return met("303")
    return unmet(f"{answer.status}", do=_RESTART)


def _no_tokens(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    telling = [probe.value for probe, answer in answers.items() if _tells_tokens(answer)]
    if telling:
        return unmet(f"something like a token in: {', '.join(telling)}", do="stop: find out whose")
    return met(f"none in {len(answers)} answers")


def _tells_tokens(answer: Answer) -> bool:
    if any(word in answer.body for word in _TOKENS):
        return True
    return any(
        name.startswith(_TOKENS) or (value.startswith(_JWT) and name != _SIGNED)
        for name, value in _query(answer).items()
    )


def _hidden(query: Mapping[str, str]) -> str:
    """Return why the request's own parameters cannot be seen; empty if they can."""
    if _PUSHED in query:
        return "pushed: not in the URL to be seen"
    return "signed: in an object that is not opened here" if _SIGNED in query else ""


def _query(answer: Answer) -> dict[str, str]:
    if answer.status not in {_FOUND, _SEE_OTHER}:
        return {}
    try:
        return dict(parse_qsl(urlsplit(answer.header("location")).query))
    except ValueError:
        return {}


LOOKS: Mapping[str, Look] = {
    "B1b": Look(probes=(Probe.LOGIN,), judge=_code_grant),
    "B9b": Look(probes=(Probe.LOGIN,), judge=_redirected),
    "B12": Look(
        probes=(Probe.SESSION, Probe.AGENTS, Probe.INVOCATION, Probe.LOGIN), judge=_no_tokens
    ),
    "S1": Look(probes=(Probe.LOGIN,), judge=_redirect_uri),
    "S5": Look(probes=(Probe.LOGIN,), judge=_s256),
    "S8": Look(probes=(Probe.LOGIN,), judge=_tokens_by_code_only),
}
"""Checks of where a login leads, by clause."""
