"""Which cookies each engine keeps: with our flags and without TLS, and those of a sibling."""

from urllib.parse import quote

import pytest

from browsers.measured import Rows
from browsers.scene import Scene
from browsers.tab import Tab
from browsers.test_headers import Compared
from journeys.scene import SITE
from journeys.visitor import SESSION, Visitor

pytestmark = pytest.mark.journey

STRICT = "Path=/; Secure; HttpOnly; SameSite=Strict"

OWN = {
    "Secure": "a=1; Secure",
    "`__Host-`, as it has to be": f"__Host-a=1; {STRICT}",
    "`__Host-` of a path": "__Host-b=1; Path=/x; Secure",
    "`__Host-Http-`, as it has to be": f"__Host-Http-a=1; {STRICT}",
    "`__Host-Http-` that scripts may see": "__Host-Http-b=1; Path=/; Secure",
}

TOSSED = {
    "for the domain": f"{SESSION}=THEIRS; Domain={SITE}; Path=/; Secure",
    "for the domain, with our flags": f"{SESSION}=THEIRS; Domain={SITE}; {STRICT}",
    "for a path of the domain": f"{SESSION}=THEIRS; Domain={SITE}; Path=/auth; Secure",
    "in capitals": f"{SESSION.upper()}=THEIRS; Domain={SITE}; Path=/; Secure",
    "without a name": f"={SESSION}=THEIRS; Domain={SITE}; Path=/; Secure",
}
"""A sibling's attempts to have its own session, THEIRS, taken for the person's."""

ASK = """
() => fetch('/auth/session', {headers: {'X-CSRF': '1'}}).then((answer) => answer.json())
  .then((told) => told.user ? told.user.email : told.code || 'nobody')
"""


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_secure_cookie_without_tls_is_kept_where_it_is_written(
    scene: Scene, tab: Tab, host: str, compared: Compared
) -> None:
    rows: Rows = {}
    for kind, line in OWN.items():
        name = line.partition("=")[0]
        tab.go(f"http://{host}:{scene.plain.port}/?cookie={quote(line)}")
        tab.go(f"http://{host}:{scene.plain.port}/x/{len(rows)}")
        came = dict(scene.plain.last(f"/x/{len(rows)}").cookies)
        rows[kind] = "kept" if name in came else "refused"

    compared("cookies without TLS", rows)


@pytest.mark.parametrize("by", ["header", "script"])
def test_no_sibling_s_cookie_is_taken_for_the_session(
    scene: Scene, tab: Tab, by: str, compared: Compared
) -> None:
    carol = Visitor(origin=scene.app, via=scene.local.plan.bffs[0])
    carol.log_in("carol@globex.test", scene.local.secrets.password)
    theirs = carol.cookies[SESSION]
    tab.go(f"{scene.app}/")
    sibling, rows = tab.another(), Rows()
    first = next(iter(TOSSED.values()))
    tries = {"before a login, for the domain": first, **TOSSED}
    for kind, line in tries.items():
        toss(scene, sibling, by, line.replace("THEIRS", theirs))
        scene.tap.heard.clear()
        who = tab.run(ASK)
        arrived = theirs in scene.tap.last("/auth/session").headers.get("cookie", "")
        rows[kind] = f"{'arrives' if arrived else 'kept out'}: {who}"
        # A browser may forget it, as far as it has ever kept it.
        toss(scene, sibling, by, f"{line}; Max-Age=0")
        if kind not in TOSSED:
            scene.log_in(tab)

    assert tab.run(ASK) == "alice@acme.test"
    told = {rows[kind].rpartition(" ")[2] for kind in TOSSED}
    assert told <= {"alice@acme.test", "cookie_ambiguous"}
    compared(f"cookies of a sibling by {by}", rows)


def toss(scene: Scene, sibling: Tab, by: str, line: str) -> None:
    """Set a cookie from the sibling's page."""
    elsewhere = f"https://evil.{SITE}:{scene.port}"
    sibling.go(f"{elsewhere}/?cookie={quote(line)}" if by == "header" else f"{elsewhere}/")
    if by == "script":
        sibling.run("(line) => { document.cookie = line }", line)
