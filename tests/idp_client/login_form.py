"""A person with a browser: follows redirects, reads a page's form, fills it in, sends it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

MAX_REDIRECTS = 10


class PageRefused(AssertionError):
    """The page is not the one that a person would go on from; the message shows what it says."""


@dataclass(kw_only=True)
class Form:
    """A form as it stands in a page."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict[str, str])
    """Names and values that are sent if nobody changes them: no buttons."""
    labelled: set[str] = field(default_factory=set[str])
    """The ids that a `<label for>` names."""


class _Page(HTMLParser):
    """Collects the forms of a page, with the fields that the `form` attribute gives to them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.labels: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(
                Form(action=named.get("action", ""), method=named.get("method", "get").upper())
            )
        elif tag == "label":
            self.labels.add(named.get("for", ""))
        elif tag == "input" and self.forms and "name" in named:
            self.forms[-1].fields[named["name"]] = named.get("value", "")


def form_of(page: httpx.Response) -> Form:
    """Return the one form of a page. Raises PageRefused where there is none, or more than one."""
    parser = _Page()
    parser.feed(page.text)
    if len(parser.forms) != 1:
        raise PageRefused(f"{page.status_code} {page.url}: {len(parser.forms)} forms\n{page.text}")
    form = parser.forms[0]
    form.labelled = parser.labels
    return form


def follow(browser: httpx.Client, answer: httpx.Response, *, until: str) -> httpx.Response:
    """Follow redirects, but not the one to a place that starts with `until`: that one is returned.

    A page that does not redirect is returned as it is. Raises PageRefused for an endless chain.
    """
    for _ in range(MAX_REDIRECTS):
        if not answer.has_redirect_location or destination(answer).startswith(until):
            return answer
        answer = browser.get(destination(answer))
    raise PageRefused(f"more than {MAX_REDIRECTS} redirects, the last one to {answer.url}")


def destination(answer: httpx.Response) -> str:
    """Return where a redirect leads."""
    return str(answer.url.join(answer.headers["location"]))


def submit(
    browser: httpx.Client, page: httpx.Response, entries: Mapping[str, str]
) -> httpx.Response:
    """Send the page's form with `entries` filled in; redirects are not followed."""
    form = form_of(page)
    if form.method != "POST":
        raise PageRefused(f"{page.url}: a form with a password must be sent by POST")
    return browser.post(page.url.join(form.action), data={**form.fields, **entries})


def login_page(browser: httpx.Client, start: str, *, until: str) -> httpx.Response:
    """Go from `start` to the login page. Raises PageRefused where something else is shown."""
    page = follow(browser, browser.get(start), until=until)
    if page.has_redirect_location or not {"login", "password"} <= form_of(page).fields.keys():
        raise PageRefused(f"{page.status_code} {page.url}: not the login page\n{page.text}")
    return page


def sign_in(
    browser: httpx.Client, start: str, *, login: str, password: str, until: str
) -> httpx.URL:
    """Log in as a person would, from the link `start`, and return where the browser is sent next.

    `until` is the application's own address, for example the redirect URI: the returned URL starts
    with it and was not called. `browser` keeps cookies and must not follow redirects by itself.
    Raises PageRefused when the provider shows a page instead, for example after a wrong password.
    """
    page = login_page(browser, start, until=until)
    answer = submit(browser, page, {"login": login, "password": password})
    answer = follow(browser, answer, until=until)
    if not answer.has_redirect_location:
        raise PageRefused(f"{answer.status_code} {answer.url}: not logged in\n{answer.text}")
    return httpx.URL(destination(answer))


def sign_out(browser: httpx.Client, start: str, *, until: str) -> httpx.URL:
    """Log out at the provider from the link `start`, and return where the browser is sent next."""
    page = follow(browser, browser.get(start), until=until)
    answer = follow(browser, submit(browser, page, {"logout": "yes"}), until=until)
    if not answer.has_redirect_location:
        raise PageRefused(f"{answer.status_code} {answer.url}: not logged out\n{answer.text}")
    return httpx.URL(destination(answer))
