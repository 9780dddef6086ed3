"""The page after the provider: it sends the browser on, so that the next navigation is our own.

A redirect would still count as coming from the provider's site, and the Strict session cookie
would stay behind: the person would land logged out, log in again, and so on.
"""

import html
import json

from bff.login.return_path import ReturnPath
from trust.errors import TrustError

_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
"""


def page_policy(nonce: str) -> str:
    """Return the content security policy of these pages: one script or style, by its nonce."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )


def onward_page(path: ReturnPath, nonce: str) -> str:
    """Return the page that goes to `path` at once, with a link where scripts are off.

    `replace` keeps the callback, whose code is spent, out of the history.
    """
    # "<" inside a script must not end it; in a JSON text it may be written as an escape.
    target = json.dumps(path).replace("<", "\\u003c")
    link = html.escape(path, quote=True)
    return (
        f'{_HEAD}<noscript><meta http-equiv="refresh" content="0;url={link}"></noscript>'
        f'<title>Logged in</title><script nonce="{nonce}">location.replace({target})</script>'
        f'</head><body><p>You are logged in. <a href="{link}">Continue</a></p></body></html>'
    )


def failure_page(error: TrustError, *, request_id: str, nonce: str) -> str:
    """Return a page that tells a person what happened and what they can do."""
    again = "/auth/login?prompt=login" if error.code == "login_too_old" else "/auth/login"
    heading = _HEADINGS.get(error.code, "You are not logged in")
    hint = _HINTS.get(error.code, "")
    return (
        f'{_HEAD}<title>{heading}</title><style nonce="{nonce}">{_STYLE}</style></head>'
        f"<body><main><h1>{heading}</h1><p>{html.escape(error.title)}</p>{hint}"
        f'<p><a href="{again}">Log in again</a> or <a href="/">go to the start page</a></p>'
        f"<p><small>Code {html.escape(error.code)}, request {html.escape(request_id)}</small></p>"
        "</main></body></html>"
    )


_HEADINGS = {
    "login_loop": "Logging in does not last",
    "step_up_not_met": "That was not enough",
    "login_other_subject": "That was somebody else",
    "rate_limited": "One moment, please",
}

_HINTS = {
    "login_loop": (
        "<p>We stopped, so that this does not go on for ever. Most often one of these is why:</p>"
        "<ul><li>the browser does not keep the cookies of this site,</li>"
        "<li>the clock of this device is wrong by minutes,</li>"
        "<li>your account was blocked here a moment ago.</li></ul>"
        "<p>If it happens again, tell whoever runs this application the code below.</p>"
    ),
}


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;"
    "place-items:center}main{max-width:32rem;padding:2rem}h1{font-size:1.5rem}"
)
