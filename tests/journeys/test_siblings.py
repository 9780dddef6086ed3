"""Attacks of other pages in a real browser: what came over the wire, and that nothing changed.

After each of these tests Alice has the session and the chats that she had before (`victim`).
"""

import pytest

from journeys.forgeries import FORGERIES, WITH_THE_SESSION
from journeys.scene import ATTACKERS, SITE, Scene, Victim, scene, victim
from journeys.visitor import SESSION
from journeys.wiretap import Heard

__all__ = ["scene", "victim"]

pytestmark = pytest.mark.journey


def attacked(scene: Scene, victim: Victim, attacker: str, forgery: str) -> list[Heard]:
    """Run an attacker's script; return what reached the app by it."""
    script, path = FORGERIES[forgery]
    # So that what an attack before this one has still on its way is not taken for this one's.
    named = f"{path}{'&' if '?' in path else '?'}by={attacker}"
    page = scene.page_of(attacker, victim.context)
    # Later: a script that leaves its own page would never be heard of again.
    page.evaluate(f"() => {{ setTimeout(() => {{ {script.replace(path, named)} }}) }}")
    return scene.tap.wait(lambda heard: heard.path == named)


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_request_is_refused_that_another_page_forges_by(
    scene: Scene, victim: Victim, forgery: str
) -> None:
    for attacker in ATTACKERS:
        requests = attacked(scene, victim, attacker, forgery)

        assert {request.status for request in requests} == {403}, attacker
        if attacker == "stranger":
            assert not any(SESSION in dict(request.cookies) for request in requests)


@pytest.mark.parametrize("forgery", WITH_THE_SESSION)
def test_the_cookie_alone_does_not_hold_off_a_sibling_who_forges_by(
    scene: Scene, victim: Victim, forgery: str
) -> None:
    for attacker in ("sibling", "neighbour"):
        (request, *_) = attacked(scene, victim, attacker, forgery)

        assert request.headers["sec-fetch-site"] == "same-site"
        assert [dict(request.cookies)[SESSION]] == victim.ticket
        assert request.status == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/auth/logout"),
        ("DELETE", "/auth/sessions"),
        ("POST", "/api/agents/hello/invocations"),
        ("GET", "/api/chats"),
    ],
)
def test_with_the_header_another_page_gets_no_further_than_asking_whether_it_may(
    scene: Scene, victim: Victim, method: str, path: str
) -> None:
    for attacker in ATTACKERS:
        scene.tap.heard.clear()

        outcome = scene.page_of(attacker, victim.context).evaluate(
            "([method, path]) => fetch(APP + path, {method, credentials: 'include',"
            " headers: {'X-CSRF': '1'}}).then(() => 'read', (error) => error.name)",
            [method, path],
        )

        assert outcome == "TypeError", attacker
        (asked,) = scene.tap.of_others()
        assert (asked.path, asked.method, asked.status) == (path, "OPTIONS", 403)


@pytest.mark.parametrize("path", ["/", "/chats/x", "/auth/login"])
def test_no_other_page_shows_the_app_in_a_frame(scene: Scene, victim: Victim, path: str) -> None:
    for attacker in ATTACKERS:
        scene.tap.heard.clear()
        page = scene.page_of(attacker, victim.context)

        with page.expect_console_message(lambda told: "frame-ancestors 'none'" in told.text):
            page.evaluate(
                "(path) => { const frame = document.createElement('iframe');"
                " frame.src = APP + path; document.body.append(frame) }",
                path,
            )

        assert [heard.path for heard in scene.tap.of_others()] == [path], attacker


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_another_page_keeps_no_hold_on_the_apps_window(
    scene: Scene, victim: Victim, attacker: str
) -> None:
    page = scene.page_of(attacker, victim.context)

    with victim.context.expect_page() as opened:
        page.evaluate("() => { window.held = window.open(APP + '/') }")
    opened.value.get_by_test_id("who").wait_for()

    assert page.evaluate("window.held.closed") is True
    assert opened.value.evaluate("window.opener") is None


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_a_login_that_another_page_opens_is_a_question_to_the_person(
    scene: Scene, victim: Victim, attacker: str
) -> None:
    page = scene.page_of(attacker, victim.context)

    with victim.context.expect_page() as opened:
        page.evaluate("() => { window.open(APP + '/auth/login?prompt=none') }")

    # To be silent is what another page may not ask for: there is a form, for all to see.
    opened.value.locator("input[name=login]").wait_for()


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_an_attackers_own_login_is_not_finished_in_the_victims_browser(
    scene: Scene, victim: Victim, attacker: str
) -> None:
    carol, back = scene.carol()
    name, value = next(pair for pair in carol.cookies.items() if "-login-" in pair[0])
    page = scene.page_of(attacker, victim.context)

    page.evaluate(
        "([cookie, site]) => { document.cookie = cookie;"
        " document.cookie = cookie + '; Domain=' + site }",
        [f"{name}={value}; Path=/; Secure; SameSite=Lax", SITE],
    )
    page.evaluate("(back) => { setTimeout(() => location.assign(back)) }", back)

    (answered,) = scene.tap.wait(lambda heard: heard.path.startswith("/auth/callback"))
    assert name not in dict(answered.cookies)
    assert answered.status == 400


def tossed(value: str) -> list[str]:
    """Return cookies under our names, in every way in which a sibling may try it."""
    domain = f"Domain={SITE}"
    return [
        f"{SESSION}={value}; {domain}; Path=/; Secure",
        f"{SESSION}={value}; {domain}; Path=/; Secure; HttpOnly; SameSite=Strict",
        f"{SESSION}={value}; {domain}; Path=/auth; Secure; SameSite=None",
        f"{SESSION}={value}; {domain}",
        f" {SESSION} = {value}; {domain}; Path=/; Secure",
        f"{SESSION.lower()}={value}; {domain}; Path=/; Secure",
        f"{SESSION.upper()}={value}; {domain}; Path=/; Secure",
        f"={SESSION}={value}; {domain}; Path=/; Secure",
        f"__Host-Http-login-x={value}; {domain}; Path=/; Secure",
    ]


@pytest.mark.parametrize("by", ["script", "header"])
def test_no_sibling_sets_a_cookie_under_a_name_of_ours(
    scene: Scene, victim: Victim, by: str
) -> None:
    carol, back = scene.carol()
    carol.navigate(back)
    theirs = carol.cookies[SESSION]
    page = scene.page_of("sibling", victim.context)

    for line in ["canary=1; Domain=" + SITE, *tossed(theirs)]:
        if by == "script":
            page.evaluate("(line) => { document.cookie = line }", line)
        else:
            page.goto(scene.setting("sibling", line))

    assert victim.email() == "alice@acme.test"
    heard = scene.tap.last("/auth/session")
    # What is no cookie of ours does arrive: it is the name that the browser refuses.
    assert sorted(heard.cookies) == sorted([("canary", "1"), (SESSION, *victim.ticket)])


LOOKALIKES = [
    "session",
    "__Http-session",
    "__Host_Http_session",
    f"x{SESSION}",
    f"{SESSION}x",
    f"$Version=1, {SESSION}",
    f"x, {SESSION}",
    f'q="{SESSION}',
    # A parser that trims what Unicode calls white space would find our name in these.
    f"\u2003{SESSION}",
    f"\u00a0{SESSION}",
    f"\u0085{SESSION}",
    f"{SESSION}\u2028",
    "%5F%5FHost-Http-session",
]


@pytest.mark.parametrize("path", ["/", "/auth", "/auth/session"])
def test_a_cookie_that_only_looks_like_ours_is_none(
    scene: Scene, victim: Victim, path: str
) -> None:
    carol, back = scene.carol()
    carol.navigate(back)
    theirs = carol.cookies[SESSION]
    page = scene.page_of("sibling", victim.context)

    for name in LOOKALIKES:
        line = f"{name}={theirs}; Domain={SITE}; Path={path}"
        page.evaluate("(line) => { document.cookie = line }", line)

    assert victim.email() == "alice@acme.test"
    came = [value for _, value in scene.tap.last("/auth/session").cookies if theirs in value]
    assert len(came) >= len(LOOKALIKES) - 3, "the browser kept them to itself"


def test_a_full_jar_logs_nobody_out(scene: Scene, victim: Victim) -> None:
    before = victim.ticket
    page = scene.page_of("sibling", victim.context)
    page.evaluate(
        "(site) => { for (let n = 0; n < 60; n++)"
        " document.cookie = `junk${n}=${'x'.repeat(200)}; Domain=${site}` }",
        SITE,
    )
    # Chromium writes cookies beside the script; reading them waits for those that were written.
    page.wait_for_function("() => (document.cookie.match(/junk/g) || []).length === 60")

    problems = victim.call("/auth/session", "/api/chats")

    assert len(scene.tap.last("/auth/session").headers["cookie"]) > 8192
    assert {problem["code"] for problem in problems} == {"cookies_too_large"}
    assert victim.ticket == before
    # Once the sibling's cookies are gone, the session is there again.
    victim.context.clear_cookies(domain=f".{SITE}")
