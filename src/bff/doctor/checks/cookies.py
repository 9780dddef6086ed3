"""Checks of the cookies that a running BFF sets: a login's, and the one that takes a session away.

The session's own cookie is set with the attributes by which it is taken away: a test holds the two
together, so that the one can be looked at without anybody logging in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bff.cookies import CLEARED_SESSION
from bff.doctor.checks.look import Look
from bff.doctor.facts import Answer, Probe
from bff.doctor.finding import Finding, met, quoted, unmet
from bff.settings import Settings
from trust.session.cookie import SESSION_COOKIE

(_HEADER,) = CLEARED_SESSION
"""The name of the header by which cookies come, which one module alone spells."""

_PREFIX = "__Host-Http-"
_LEAVE = "leave the BFF's cookies as they are in whatever stands in front"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie as it is set; attributes by lower-case name."""

    name: str
    attributes: Mapping[str, str]


def cookies_in(answer: Answer) -> list[Cookie]:
    """Return the cookies that an answer sets (RFC 6265 §5.2); their values are not looked at."""
    return [_cookie(line) for line in answer.every(_HEADER)]


def _cookie(line: str) -> Cookie:
    pair, *attributes = (part.strip() for part in line.split(";"))
    named = (attribute.partition("=") for attribute in attributes)
    return Cookie(
        name=pair.partition("=")[0],
        attributes={name.strip().lower(): value.strip() for name, _, value in named},
    )


def _every(answers: Mapping[Probe, Answer], wrong: Callable[[Cookie], bool], seen: str) -> Finding:
    """Judge all cookies; an answer that sets none has lost the one that it should set."""
    found = [cookie for answer in answers.values() for cookie in cookies_in(answer)]
    bare = [probe.value for probe, answer in answers.items() if not cookies_in(answer)]
    if bare:
        return unmet(f"no cookie is set by: {', '.join(bare)}", do=_LEAVE)
    bad = sorted({_kind(cookie) for cookie in found if wrong(cookie)})
    if bad:
        return unmet(f"not so: {quoted(', '.join(bad))}", do=_LEAVE)
    return met(f"{seen}: {', '.join(sorted({_kind(cookie) for cookie in found}))}")


def _kind(cookie: Cookie) -> str:
    """Return a cookie's name without the part that is another one for each login."""
    head, dash, _ = cookie.name.partition("-login-")
    return f"{head}{dash}…" if dash else cookie.name


def _lacks(attribute: str, seen: str) -> Callable[[Mapping[Probe, Answer], Settings], Finding]:
    def judge(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
        return _every(answers, lambda cookie: attribute not in cookie.attributes, seen)

    return judge


def _rooted(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    return _every(answers, lambda cookie: cookie.attributes.get("path") != "/", "Path=/")


def _of_this_host(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    return _every(answers, lambda cookie: "domain" in cookie.attributes, "no Domain")


def _prefixed(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    return _every(answers, lambda cookie: not cookie.name.startswith(_PREFIX), _PREFIX)


def _strict(answers: Mapping[Probe, Answer], _: Settings) -> Finding:
    found = [one for one in cookies_in(answers[Probe.AGENTS]) if one.name == SESSION_COOKIE]
    if not found:
        return unmet(
            "the session's cookie is not taken away where it is good for nothing", do=_LEAVE
        )
    if any(one.attributes.get("samesite", "").lower() != "strict" for one in found):
        return unmet("the session's cookie is not Strict", do=_LEAVE)
    return met("Strict; a login's own cookie is Lax for ten minutes, and holds no session")


_SETTING = (Probe.LOGIN, Probe.AGENTS)

LOOKS: Mapping[str, Look] = {
    "B2a": Look(probes=_SETTING, judge=_lacks("secure", "Secure")),
    "B2b": Look(probes=_SETTING, judge=_lacks("httponly", "HttpOnly")),
    "B3a": Look(probes=(Probe.AGENTS,), judge=_strict),
    "B3b": Look(probes=_SETTING, judge=_rooted),
    "B3c": Look(probes=_SETTING, judge=_of_this_host),
    "B3d": Look(probes=_SETTING, judge=_prefixed),
}
"""Checks of cookies, by clause."""
