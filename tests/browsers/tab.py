"""What a journey needs of a browser, whatever its engine and whatever protocol drives it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

WITHIN_S = 15.0
"""How long a page may take to become what is expected of it."""

_LOOK_EVERY_S = 0.02


class BrowserRefused(Exception):
    """The browser did not do what its driver was asked for; the text is the browser's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie as the browser keeps it."""

    name: str
    value: str
    http_only: bool
    secure: bool
    same_site: str
    """`strict`, `lax`, `none`, or what else this browser calls it, in lower case."""


class Tab(ABC):
    """One tab of a profile. Everything raises BrowserRefused."""

    @abstractmethod
    def go(self, url: str) -> None:
        """Go to an address, as a person does who types it; wait until it is loaded."""

    @abstractmethod
    def run(self, function: str, *arguments: Any) -> Any:
        """Call a function of JavaScript in the page; wait for its promise, return what it tells."""

    @abstractmethod
    def click(self, selector: str) -> None:
        """Click on an element with a pointer, so that it counts as the person's own deed."""

    @abstractmethod
    def write(self, selector: str, text: str) -> None:
        """Type into a field, key by key; a line feed is Enter."""

    @abstractmethod
    def reload(self) -> None:
        """Load the page again, as by the browser's button."""

    @abstractmethod
    def cookies(self) -> Sequence[Cookie]:
        """Return the cookies for this page, those too that no script sees."""

    @abstractmethod
    def another(self) -> "Tab":
        """Open a further tab of the same profile."""

    @abstractmethod
    def close(self) -> None:
        """Close the tab, which nobody uses afterwards."""

    @abstractmethod
    def complaints(self) -> Sequence[str]:
        """Return the errors that pages of this profile wrote on the console."""

    @property
    def address(self) -> str:
        """Where the tab is."""
        return str(self.run("() => location.href"))

    def back(self, steps: int = 1) -> None:
        """Go back, without waiting: WebKit's driver finds no way out of its own waiting."""
        self.run("(steps) => { setTimeout(() => history.go(-steps)) }", steps)

    def wait(self, function: str, *arguments: Any) -> Any:
        """Wait until a function in the page tells something, over navigations. Raises TimeoutError.

        A page that is on its way out answers to nobody, so a refusal counts as "not yet".
        """
        until = monotonic() + WITHIN_S
        while True:
            try:
                if found := self.run(function, *arguments):
                    return found
                reason = "it never came true"
            except BrowserRefused as refused:
                reason = str(refused)
            if monotonic() > until:
                raise TimeoutError(f"{function} with {arguments}: {reason}")
            sleep(_LOOK_EVERY_S)

    def see(self, selector: str, text: str = "") -> str:
        """Wait until an element is shown that contains a text; return all that it says."""
        return str(self.wait(_SHOWN, selector, text))

    def shows(self, selector: str) -> bool:
        """Tell whether an element is shown just now."""
        return bool(self.run(_SHOWN, selector, ""))


_SHOWN = """
(selector, text) => {
  const all = [...document.querySelectorAll(selector)];
  const found = all.find((one) => one.checkVisibility() && one.textContent.includes(text));
  return found ? found.textContent || ' ' : '';
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A browser that is installed, and how to open it with a profile that nobody has used."""

    name: str
    profile: Callable[[], AbstractContextManager[Tab]]
