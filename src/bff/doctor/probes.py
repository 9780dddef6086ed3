"""The requests by which a running BFF is looked at: none of them has a session or changes anything.

What they send is what a browser, or a page of an attacker in one, would send.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bff.doctor.facts import Probe
from proxy.browser_policy import CSRF_HEADER, CSRF_VALUE
from trust.session.cookie import SESSION_COOKIE

ELSEWHERE = "https://attacker.example"
"""An origin that is nobody's (RFC 2606)."""

_PAGE = {
    "accept": "text/html",
    "sec-fetch-site": "none",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
}
_SCRIPT = {"accept": "application/json", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
_CSRF = {CSRF_HEADER: CSRF_VALUE}
_OURS = {**_SCRIPT, "sec-fetch-site": "same-origin"}
_JSON = {"content-type": "application/json"}
_NOT_OURS = {"cookie": f"{SESSION_COOKIE}=doctor"}
"""A session cookie that stands for nothing: the answer takes it from the browser."""

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_MESSAGE = "/api/agents/doctor/invocations"
"""An agent that need not exist: who has no session never gets so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request."""

    method: str = "GET"
    path: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: str = ""


_LOGIN, _CALLBACK, _SESSION = "/auth/login", "/auth/callback", "/auth/session"

QUESTIONS: Mapping[Probe, Question] = {
    Probe.LOGIN: Question(path=_LOGIN, headers=_PAGE),
    Probe.LOGIN_FRAMED: Question(
        path=_LOGIN, headers={**_PAGE, "sec-fetch-site": "cross-site", "sec-fetch-dest": "iframe"}
    ),
    Probe.LOGIN_AWAY: Question(path=f"{_LOGIN}?return_to=//attacker.example/", headers=_PAGE),
    Probe.CALLBACK_BARE: Question(path=f"{_CALLBACK}?code=doctor", headers=_PAGE),
    Probe.CALLBACK_FORGED: Question(path=f"{_CALLBACK}?code=doctor&state=doctor", headers=_PAGE),
    Probe.SESSION: Question(path=_SESSION, headers={**_OURS, **_CSRF}),
    Probe.SESSION_NO_HEADER: Question(path=_SESSION, headers=_OURS),
    Probe.SESSION_CROSS_SITE: Question(
        path=_SESSION,
        headers={**_SCRIPT, **_CSRF, "sec-fetch-site": "cross-site", "origin": ELSEWHERE},
    ),
    Probe.SESSION_SIBLING: Question(
        path=_SESSION, headers={**_SCRIPT, **_CSRF, "sec-fetch-site": "same-site"}
    ),
    Probe.SESSION_ORIGIN: Question(path=_SESSION, headers={**_CSRF, "origin": ELSEWHERE}),
    Probe.LOGOUT_NO_HEADER: Question(method="POST", path="/auth/logout", headers=_OURS),
    Probe.PREFLIGHT: Question(
        method="OPTIONS",
        path=_MESSAGE,
        headers={
            "origin": ELSEWHERE,
            "access-control-request-method": "POST",
            "access-control-request-headers": f"content-type,{CSRF_HEADER}",
            "sec-fetch-site": "cross-site",
            "sec-fetch-mode": "cors",
        },
    ),
    Probe.AGENTS: Question(path="/api/agents", headers={**_OURS, **_CSRF, **_NOT_OURS}),
    Probe.INVOCATION: Question(
        method="POST", path=_MESSAGE, headers={**_OURS, **_CSRF, **_JSON}, body="{}"
    ),
    Probe.INVOCATION_NO_HEADER: Question(
        method="POST", path=_MESSAGE, headers={**_OURS, **_JSON}, body="{}"
    ),
    Probe.INVOCATION_GET: Question(path=_MESSAGE, headers={**_OURS, **_CSRF}),
    Probe.BACKCHANNEL: Question(
        method="POST", path="/auth/backchannel-logout", headers=_FORM, body="logout_token=a.b.c"
    ),
    Probe.APP: Question(path="/", headers=_PAGE),
}
"""All but PLAIN, which goes to another origin: the same host over plain http."""
