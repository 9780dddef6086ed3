"""Leaks: what passes through here stands in no log, no answer and no cache but its owner's.

Every test that opens a house (tests/fakes/proxy/house.py) ends with the same look into everything
that was written at any level; these go where the secrets are, and where something fails.
"""

import pytest

from fakes.proxy.asgi import Answer
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.house import House, nothing_told
from fakes.proxy.provider.idp import Reply, query_of
from fakes.proxy.runtime import refuses, says

CALLS = [
    ("GET", "/auth/session"),
    ("GET", "/auth/sessions"),
    ("GET", "/api/agents"),
    ("GET", "/api/chats"),
    ("GET", "/api/nothing"),
    ("POST", "/auth/logout"),
    ("DELETE", "/auth/sessions"),
    ("POST", "/api/agents/hello/invocations"),
    ("POST", "/api/chats/unknown/stop"),
    ("PATCH", "/auth/session"),
]


def kept_private(answer: Answer) -> None:
    """Hold an answer to being stored by nobody and sent on as nobody's referrer."""
    assert "no-store" in str(answer.header("cache-control"))
    assert answer.header("referrer-policy") == "no-referrer"
    assert answer.header("x-content-type-options") == "nosniff"
    assert answer.header("access-control-allow-origin") is None


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("who", ["alice", "nobody", "a page of another site"])
async def test_leak_by_a_cache(
    house: House, alice: Browser, method: str, path: str, who: str
) -> None:
    asked = {"alice": alice}.get(who) or house.browser()
    headers = FETCH if who != "a page of another site" else [("Sec-Fetch-Site", "cross-site")]

    kept_private(await asked.fetch(method, path, headers=headers, body=b'{"prompt": "x"}'))


async def test_leak_by_a_cache_on_the_way_of_a_login(house: House, browser: Browser) -> None:
    begun = await browser.navigate("/auth/login?return_to=/")
    location = begun.header("location")
    assert location is not None
    answered = house.provider.authorize(location)
    landed = await browser.navigate(f"/auth/callback?{query_of(answered)}", cross_site=True)
    again = await browser.navigate(f"/auth/callback?{query_of(answered)}", cross_site=True)

    for answer in (begun, landed, again):
        kept_private(answer)


async def test_leak_of_the_code_by_the_page_after_the_login(house: House, browser: Browser) -> None:
    """Whatever the page loaded or linked to would learn the code by its Referer."""
    answered = house.provider.authorize(await browser.begin(return_to="/chat"))

    page = await browser.come_back(answered)

    assert answered["code"] not in page.text
    assert answered["state"] not in page.text
    assert "http" not in page.text.replace('http-equiv="refresh"', "")


BREAKS = {
    "500 with its reason": Reply(status=500, body=b"Traceback: secret=provider-inside"),
    "not JSON": Reply(body=b"<html>secret=provider-inside</html>"),
    "an error that quotes": Reply(
        status=400, body=b'{"error": "invalid_client", "error_description": "provider-inside"}'
    ),
    "JSON of another kind": Reply(body=b'["provider-inside"]'),
    "a redirect": Reply(status=302, headers=(("Location", "https://provider-inside.example"),)),
}


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("path", ["/token", "/par", "/jwks", "/.well-known/openid-configuration"])
async def test_leak_of_a_providers_words(
    house: House, browser: Browser, path: str, how: str
) -> None:
    house.provider.faults[path] = BREAKS[how]
    begun = await browser.navigate("/auth/login", accept="application/json")
    if begun.status == 303:
        answered = house.provider.authorize(str(begun.header("location")))
        begun = await browser.come_back(answered, accept="application/json")

    assert begun.status >= 400
    assert "provider-inside" not in begun.text
    nothing_told(house)


async def test_leak_of_an_agents_words(house: House, alice: Browser) -> None:
    house.runtime.script = [refuses(500), refuses(403), refuses(424)]

    for _ in range(3):
        answer = await alice.say("hello")
        assert "upstream-secret-text" not in answer.text
        assert "arn:aws" not in answer.text
    nothing_told(house)


async def test_leak_by_a_crash(
    house: House, alice: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours, in the middle of everything: the traceback has every value in its frames."""

    async def bug(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(house.gate.table, "query", bug)

    answer = await alice.fetch("GET", "/auth/sessions")

    assert answer.status == 500
    assert "a bug" not in answer.text
    assert "Traceback" not in answer.text
    nothing_told(house)


async def test_leak_by_what_the_ports_say_of_themselves(house: House, alice: Browser) -> None:
    """`repr` is what a debugger, a dump of settings or an error report prints."""
    assert alice.ticket is not None
    told = repr(house.gate) + repr(house.gate.settings) + repr(house.gate.ledger.keyring)

    for secret in house.secrets():
        assert secret not in told


async def test_leak_while_everything_works(house: House, alice: Browser) -> None:
    house.runtime.default = says(b"data: hello\n\n")
    await alice.say("hello")
    await alice.fetch("POST", "/auth/logout")

    assert house.provider.issued, "there was nothing to leak"
    assert house.canary.lines, "nothing was listened to"
    nothing_told(house)


async def test_leak_the_canary_sings_when_something_leaks(house: House, alice: Browser) -> None:
    house.canary.lines.append(f"our line with {house.provider.issued[0]}")

    with pytest.raises(AssertionError, match="stands in the log"):
        nothing_told(house)
    house.canary.lines.pop()
