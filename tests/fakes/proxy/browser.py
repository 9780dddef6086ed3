"""A browser as far as Gatehouse can see one: cookies, sites, and what it says of itself."""

import re
from dataclasses import dataclass, field

from starlette.types import ASGIApp

from fakes.proxy.asgi import Answer, Exchange, Headers, ask, exchange
from fakes.proxy.provider.idp import FakeProvider, query_of
from fakes.proxy.provider.people import ALICE, Person

ORIGIN = "https://app.example"
SESSION = "__Host-Http-session"
ATTEMPT = "__Host-Http-login-"
ROUNDS = "__Host-Http-rounds"
PAGE = "text/html,application/xhtml+xml"
DOCUMENT = "application/json"
FETCH: Headers = (("X-CSRF", "1"), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors"))

_LINE = re.compile(r"(?P<name>[^=;]+)=(?P<value>[^;]*)(?P<attributes>(?:; [A-Za-z-]+(?:=[^;]*)?)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie as the browser keeps it; attributes by lower-case name."""

    value: str
    attributes: dict[str, str]

    @property
    def strict(self) -> bool:
        """Whether it stays behind on a navigation that another site began."""
        return self.attributes["samesite"] == "Strict"


def parse_cookie(line: str) -> tuple[str, Cookie]:
    """Read a Set-Cookie line; refuses what a browser would refuse of a `__Host-Http-` name."""
    found = _LINE.fullmatch(line)
    assert found, f"not a cookie: {line}"
    parts = [part.partition("=") for part in found["attributes"].split("; ")[1:]]
    attributes = {name.lower(): value for name, _, value in parts}
    assert len(attributes) == len(parts), f"an attribute came twice: {line}"
    assert found["name"].startswith("__Host-Http-")
    assert {"secure", "httponly"} <= attributes.keys(), line
    assert attributes["path"] == "/", line
    assert "domain" not in attributes, line
    return found["name"], Cookie(value=found["value"], attributes=attributes)


@dataclass(kw_only=True, eq=False)
class Browser:
    """Somebody's browser. `seen`: every answer; `held`: every cookie value it ever had."""

    app: ASGIApp
    provider: FakeProvider
    jar: dict[str, Cookie] = field(default_factory=dict[str, Cookie])
    seen: list[Answer] = field(default_factory=list[Answer])
    held: set[str] = field(default_factory=set[str])

    @property
    def ticket(self) -> str | None:
        """The session cookie's value."""
        found = self.jar.get(SESSION)
        return found.value if found else None

    @property
    def attempts(self) -> list[str]:
        """The names of the cookies of open logins."""
        return [name for name in self.jar if name.startswith(ATTEMPT)]

    async def navigate(
        self,
        target: str | bytes,
        *,
        cross_site: bool = False,
        accept: str = PAGE,
        headers: Headers = (),
    ) -> Answer:
        """Go to a page; `cross_site`: another site's link or redirect leads there."""
        said = [
            ("Accept", accept),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
            ("Sec-Fetch-Site", "cross-site" if cross_site else "same-origin"),
            ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0"),
        ]
        cookies = self.cookies(cross_site=cross_site)
        return self._kept(await ask(self.app, "GET", target, [*said, *cookies, *headers]))

    async def fetch(
        self, method: str, target: str, *, headers: Headers = FETCH, body: bytes = b""
    ) -> Answer:
        """Call the API as the SPA does."""
        return self._kept(await ask(self.app, method, target, [*headers, *self.cookies()], body))

    def invocation(
        self, agent: str, body: bytes = b'{"prompt": "hi"}', *, headers: Headers = ()
    ) -> Exchange:
        """Return a message to an agent, to be sent by the test in its own time."""
        said = [*FETCH, ("Content-Type", "application/json"), *self.cookies(), *headers]
        return exchange("POST", f"/api/agents/{agent}/invocations", headers=said, body=body)

    async def say(
        self, agent: str, body: bytes = b'{"prompt": "hi"}', *, headers: Headers = ()
    ) -> Answer:
        """Send a message to an agent and return the whole answer."""
        said = [*FETCH, ("Content-Type", "application/json"), *headers]
        return await self.fetch("POST", f"/api/agents/{agent}/invocations", headers=said, body=body)

    async def begin(self, **parameters: str) -> str:
        """Begin a login; return where the browser is sent."""
        answer = await self.navigate(f"/auth/login?{query_of(parameters)}")
        assert answer.status == 303, answer.text
        location = answer.header("location")
        assert location is not None
        return location

    async def come_back(self, parameters: dict[str, str], *, accept: str = PAGE) -> Answer:
        """Follow the provider's redirect back to us."""
        target = f"/auth/callback?{query_of(parameters)}"
        return await self.navigate(target, cross_site=True, accept=accept)

    async def login(self, person: Person = ALICE, **parameters: str) -> Answer:
        """Log in from beginning to end; return the callback's page."""
        location = await self.begin(**parameters)
        return await self.come_back(self.provider.authorize(location, person))

    def cookies(self, *, cross_site: bool = False) -> list[tuple[str, str]]:
        """Return the Cookie header of a request."""
        pairs = [
            f"{name}={cookie.value}"
            for name, cookie in self.jar.items()
            if not (cross_site and cookie.strict)
        ]
        return [("Cookie", "; ".join(pairs))] if pairs else []

    def _kept(self, answer: Answer) -> Answer:
        self.seen.append(answer)
        for line in answer.every("set-cookie"):
            name, cookie = parse_cookie(line)
            if cookie.attributes.get("max-age") == "0":
                assert cookie.value == ""
                gone = self.jar.pop(name, None)
                # Other attributes would make it another cookie, and delete nothing.
                assert gone is None or gone.strict == cookie.strict
            else:
                self.jar[name] = cookie
                # How often it came back is no secret, and a number that stands in many places.
                self.held |= {cookie.value} - {cookie.value if name == ROUNDS else ""}
        return answer
