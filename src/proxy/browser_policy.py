"""The browser defence: one decision for every request under /auth and /api.

A request counts as the SPA's own if it carries `X-CSRF: 1`, which another site cannot send without
a preflight that nobody answers, **and** the browser says that it is same-origin. SameSite cookies
alone do not tell a sibling sub-domain from us (RFC 10017, CSRF defence of a BFF).
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


class CsrfHeaderMissing(AccessError):
    """The request could have been sent by any page."""

    code, status, title = "csrf_header_missing", 403, "The request lacks the header X-CSRF: 1."


class CrossSite(AccessError):
    """The browser says, or does not deny, that another site sent the request."""

    code, status, title = "cross_site_request", 403, "The request does not come from this site."


@dataclass(frozen=True, slots=True)
class Allowed:
    """The request may go on."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The request stops here."""

    error: AccessError


Verdict = Allowed | Refused


def judge(method: str, path: str, headers: Mapping[str, str], *, origin: str) -> Verdict:
    """Decide about a request; `headers` has lower-case names, `origin` is our public origin."""
    if not path.startswith(GUARDED) or path.startswith(SIGNED):
        return Allowed()
    if is_navigation(path) and method in {"GET", "HEAD"}:
        return _navigation(headers)
    if headers.get(CSRF_HEADER) != CSRF_VALUE:
        return Refused(CsrfHeaderMissing("no X-CSRF header"))
    if not _same_origin(headers, origin):
        return Refused(CrossSite("not the same origin"))
    return Allowed()


def is_navigation(path: str) -> bool:
    """Tell whether a browser goes to this path by itself."""
    return path in NAVIGATIONS or path.startswith("/auth/callback/")


def _navigation(headers: Mapping[str, str]) -> Verdict:
    # A frame, an image or a script of another page must not run a login in the dark.
    if headers.get("sec-fetch-dest", "document") != "document":
        return Refused(CrossSite("not a page that a person goes to"))
    if "prefetch" in headers.get("sec-purpose", headers.get("purpose", "")):
        # A code that was spent for a page that nobody sees is lost to the one who goes there.
        return Refused(CrossSite("nobody goes there yet"))
    return Allowed()


def is_of_another_site(headers: Mapping[str, str]) -> bool:
    """Tell whether the browser says that a page of another origin leads here."""
    return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}


def _same_origin(headers: Mapping[str, str], origin: str) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Browsers without fetch metadata, and other programs, have to say where they come from.
    if "origin" in headers:
        return headers["origin"] == origin
    try:
        referer = urlsplit(headers.get("referer", ""))
    except ValueError:
        return False
    return f"{referer.scheme}://{referer.netloc}" == origin
