"""A login as a browser does it: the code flow from the link to the session cookie."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx

MOST_STEPS = 12
TIMEOUT_S = 30.0


class LoginFailed(Exception):
    """A page came that a person would not get past; its text says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom the provider knows."""

    login: str
    password: str


@dataclass(slots=True, kw_only=True)
class Browser:
    """Keeps cookies by origin; `__Host-` ones too, as browsers do on `http://localhost`."""

    cookies: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def send(self, method: str, url: str, **options: object) -> httpx.Response:
        """Send one request of a navigation and keep the cookies of its answer."""
        headers = {"accept": "text/html", "sec-fetch-mode": "navigate"}
        if line := self.cookie_line(url):
            headers["cookie"] = line
        with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
            answer = client.request(method, url, headers=headers, **options)  # type: ignore[arg-type]  # httpx's own options
        self._keep(answer)
        return answer

    def cookie_line(self, url: str) -> str:
        """Return the Cookie header that goes to a URL."""
        kept = self.cookies.get(urlsplit(url).netloc, {})
        return "; ".join(f"{name}={value}" for name, value in kept.items())

    def _keep(self, answer: httpx.Response) -> None:
        kept = self.cookies.setdefault(answer.url.netloc.decode(), {})
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value, _, attributes = rest.partition(";")
            if not value or "max-age=0" in attributes.lower() or "1970" in attributes:
                kept.pop(name, None)
            else:
                kept[name] = value


def log_in(start: str, person: Person) -> str:
    """Log in from the link `start`; return the Cookie header for its origin. Raises LoginFailed."""
    browser, origin = Browser(), urlsplit(start).netloc
    answer = browser.send("GET", start)
    for _ in range(MOST_STEPS):
        if answer.has_redirect_location:
            answer = browser.send("GET", str(answer.url.join(answer.headers["location"])))
        elif answer.url.netloc.decode() != origin:
            answer = _filled_in(browser, answer, person)
        elif answer.is_success:
            return browser.cookie_line(start)
        else:
            break
    raise LoginFailed(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}")


def _filled_in(browser: Browser, page: httpx.Response, person: Person) -> httpx.Response:
    form = _Form()
    form.feed(page.text)
    if not page.is_success or "password" not in form.fields:
        raise LoginFailed(f"{page.url}: {page.status_code}, no form to log in\n{page.text}")
    entries = form.fields | {"login": person.login, "password": person.password}
    return browser.send("POST", str(page.url.join(form.action)), data=entries)


class _Form(HTMLParser):
    """The form of a page: where it goes, and its fields."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form's action, an input's name and value."""
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = named.get("action", "")
        elif tag == "input" and "name" in named:
            self.fields[named["name"]] = named.get("value", "")
