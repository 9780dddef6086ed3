"""The browser defence of a WebSocket's handshake: who asks for it has to be a page of ours.

`new WebSocket` sends cookies from any page, obeys no CORS, and carries no header of its own
choice, so that `X-CSRF` cannot be asked for (Cross-Site WebSocket Hijacking, CWE-1385). What a
browser always sends, and no page can change, is `Origin` (RFC 6455 §4.1, §10.2): it has to be there
and to be ours, whatever the other headers say; Chromium says nothing else with a handshake. A
program that is no browser can of course write it, but has nobody's cookie.
"""

from collections.abc import Mapping

from proxy.browser_policy import Allowed, CrossSite, Refused, Verdict

_WORDS = {
    # A sibling (`same-site`) has the Strict cookie sent, and is another site all the same; nobody
    # types the address of a socket, so `none` is no browser's word for one.
    "sec-fetch-site": frozenset({"same-origin"}),
    "sec-fetch-mode": frozenset({"websocket"}),
    "sec-fetch-dest": frozenset({"empty", "websocket"}),
}
"""What a browser may say, if it says anything, of the sender (Fetch Metadata §2). Of a header that
came twice the two values are joined by a comma, which none of these has."""


def judge_handshake(headers: Mapping[str, str], *, origin: str) -> Verdict:
    """Decide about a handshake; `headers` has lower-case names, `origin` is our public origin."""
    if headers.get("origin") != origin:
        return Refused(CrossSite("a handshake without our own Origin"))
    if any(name in headers and headers[name] not in known for name, known in _WORDS.items()):
        return Refused(CrossSite("the browser says that it is no WebSocket of ours"))
    return Allowed()
