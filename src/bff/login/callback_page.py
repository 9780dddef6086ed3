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
    title = html.escape(error.title)
    return (
        f'{_HEAD}<title>Not logged in</title><style nonce="{nonce}">{_STYLE}</style></head>'
        f"<body><main><h1>You are not logged in</h1><p>{title}</p>"
        f'<p><a href="{again}">Log in again</a> or <a href="/">go to the start page</a></p>'
        f"<p><small>Code {html.escape(error.code)}, request {html.escape(request_id)}</small></p>"
        "</main></body></html>"
    )


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;"
    "place-items:center}main{max-width:32rem;padding:2rem}h1{font-size:1.5rem}"
)
