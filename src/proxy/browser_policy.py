"""The browser defence: one decision for every request under /auth and /api.

A request counts as the SPA's own if it carries `X-CSRF: 1`, which another site cannot send without
a preflight that nobody answers, **and** the browser says that it is same-origin. SameSite cookies
alone do not tell a sibling sub-domain from us (RFC 10017, CSRF defence of a BFF).

No header is believed that another one contradicts. Nor is one that came twice: `read_request` joins
the two with a comma, and no value that is known here has one. docs/browser-policy.md shows every
case; `make policy-table` makes it of this file.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from trust.errors import AccessError

CSRF_HEADER = "x-csrf"
CSRF_VALUE = "1"

NAVIGATIONS = frozenset({"/auth/login", "/auth/callback", "/auth/step-up"})
"""What a browser goes to by itself; these read no session cookie to act upon."""

GUARDED = ("/auth/", "/api/")
"""Paths that the policy is for; everything else is public and changes nothing."""

SIGNED = ("/auth/backchannel-logout", "/ssf/", "/admin/")
"""Server to server: no cookie counts there, each call proves itself by its own signed token."""

_LOOKING = frozenset({"GET", "HEAD"})

_Words = Mapping[str, frozenset[str]]

_OF_OURS = frozenset({"same-origin", "none"})
"""`Sec-Fetch-Site` of our own pages, and of what a person types or has kept (Fetch Metadata §2.3).

A sibling (`same-site`) is not among them: its page may be somebody else's.
"""

_OF_OTHERS = frozenset({"same-site", "cross-site"})

_PAGE: _Words = {
    "sec-fetch-mode": frozenset({"navigate"}),
    # A frame, an image or a script of another page must not run a login in the dark.
    "sec-fetch-dest": frozenset({"document"}),
    "sec-fetch-user": frozenset({"?1"}),
}
"""What the browser may say, if it says anything, of a page that a tab goes to."""

_SCRIPT: _Words = {
    "sec-fetch-mode": frozenset({"cors", "same-origin"}),
    "sec-fetch-dest": frozenset({"empty"}),
    "sec-fetch-user": frozenset(),
}
"""The same of a script's request; nothing else can carry a header like X-CSRF (Fetch §2.2.5)."""

_ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://[^\s/,]+", re.ASCII)
"""One origin as browsers spell it (RFC 6454 §7.1); a list of them is none."""


class CsrfHeaderMissing(AccessError):
    """The request could have been sent by any page."""

    code, status, title = "csrf_header_missing", 403, "The request lacks the header X-CSRF: 1."


class CrossSite(AccessError):
    """The browser says, or does not deny, that another site sent the request."""

    code, status, title = "cross_site_request", 403, "The request does not come from this site."


@dataclass(frozen=True, slots=True)
class Allowed:
    """The request may go on."""


class Refused(NamedTuple):
    """The request stops here."""

    error: AccessError


Verdict = Allowed | Refused

_ALLOWED = Allowed()


def judge(method: str, path: str, headers: Mapping[str, str], *, origin: str) -> Verdict:
    """Decide about a request; `headers` has lower-case names, `origin` is our public origin."""
    if not path.startswith(GUARDED) or path.startswith(SIGNED):
        return _ALLOWED
    if method in _LOOKING and is_navigation(path):
        return _navigation(headers, origin)
    if headers.get(CSRF_HEADER) != CSRF_VALUE:
        return Refused(CsrfHeaderMissing("no X-CSRF header"))
    if not _is_said(headers, _SCRIPT):
        return Refused(CrossSite("not what a script of ours sends"))
    if not _same_origin(headers, origin):
        return Refused(CrossSite("not the same origin"))
    return _ALLOWED


def is_navigation(path: str) -> bool:
    """Tell whether a browser goes to this path by itself."""
    return path in NAVIGATIONS or path.startswith("/auth/callback/")


def is_of_another_site(headers: Mapping[str, str]) -> bool:
    """Tell whether the browser says that a page of another origin leads here."""
    return headers.get("sec-fetch-site", "none") not in _OF_OURS


def _navigation(headers: Mapping[str, str], origin: str) -> Verdict:
    if not _is_said(headers, _PAGE):
        return Refused(CrossSite("not a page that a person goes to"))
    if "prefetch" in headers.get("sec-purpose", headers.get("purpose", "")):
        # A code that was spent for a page that nobody sees is lost to the one who goes there.
        return Refused(CrossSite("nobody goes there yet"))
    if not _credible(headers, origin):
        return Refused(CrossSite("the browser contradicts itself"))
    return _ALLOWED


def _is_said(headers: Mapping[str, str], words: _Words) -> bool:
    for name, known in words.items():
        if name in headers and headers[name] not in known:
            return False
    return True


def _credible(headers: Mapping[str, str], origin: str) -> bool:
    """Tell whether what a navigation says of where it comes from can be true.

    It may come from anywhere: that a provider on another site sends people back is what the
    callback is for. Some browsers then keep the `Origin` of the form that the person sent there,
    or make `null` of it, so of another site any origin is credible except our own.
    """
    site, sender = headers.get("sec-fetch-site"), headers.get("origin")
    if sender is not None and not _ORIGIN.fullmatch(sender):
        return False
    if site is None:
        return True
    if site in _OF_OURS:
        return sender in {None, origin}
    return site in _OF_OTHERS and sender != origin


def _same_origin(headers: Mapping[str, str], origin: str) -> bool:
    site, sender = headers.get("sec-fetch-site"), headers.get("origin")
    # `null` is a sandboxed frame, or a page that hides who it is: no page of ours does.
    if sender is not None and sender != origin:
        return False
    if site is not None:
        return site == "same-origin"
    # Browsers without fetch metadata, and other programs, have to say where they come from.
    return sender is not None or _origin_of(headers.get("referer", "")) == origin


def _origin_of(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.netloc}"
