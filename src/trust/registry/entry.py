"""One entry of a registry: its members read by type, and every fault noted."""

from collections.abc import Mapping
from enum import Enum
from re import Pattern
from typing import Any, TypeVar, cast

from trust.parse import PLAIN_URL, has_port
from trust.secrets.reference import STATIC, Reference, ReferenceMalformed, parse_reference

Option = TypeVar("Option", bound=Enum)


class Entry:
    """The members below `[section.name]`; a member that is wrong is noted and read as absent."""

    def __init__(self, where: str, members: Mapping[str, Any], faults: list[str]) -> None:
        self._where = where
        self._members = dict(members)
        self._faults = faults

    def fault(self, text: str) -> None:
        """Note what is wrong with the entry."""
        self._faults.append(f"{self._where} {text}")

    def need(self, name: str) -> bool:
        """Tell whether a member is there; note it as a fault if not."""
        if name not in self._members:
            self.fault(f"needs {name}")
        return name in self._members

    def text(self, name: str, default: str | None = None) -> str | None:
        """Return a text that is not empty."""
        value = self._members.pop(name, default)
        if value is None or (isinstance(value, str) and (value or value == default)):
            return value
        self.fault(f"has a {name} that is no text, or an empty one")
        return default

    def matching(self, name: str, form: Pattern[str], meaning: str) -> str | None:
        """Return a text of a certain form."""
        value = self._members.pop(name, None)
        if value is None or (isinstance(value, str) and form.fullmatch(value)):
            return value
        self.fault(f"has a {name} that is not {meaning}")
        return None

    def url(self, name: str, *, plain_http: bool) -> str | None:
        """Return a URL without user, query and fragment; http only where that is allowed."""
        value = self.matching(name, PLAIN_URL, "a plain URL: http or https, a host, perhaps a path")
        if value is not None and not has_port(value):
            self.fault(f"has a {name} whose port is none")
            return None
        if value is not None and not value.startswith("https://") and not plain_http:
            self.fault(f"has a {name} that is not https; only BFF_ENV=dev allows http")
            return None
        return value

    def reference(self, name: str, *, static: bool) -> Reference | None:
        """Return where a secret is; one beside the program only where that is allowed."""
        value = self._members.pop(name, None)
        if value is None:
            return None
        try:
            found = parse_reference(value if isinstance(value, str) else "")
        except ReferenceMalformed as error:
            # The value is not quoted: it may be the secret itself.
            self.fault(f"has a {name} that is no reference: {error}")
            return None
        if found.scheme in STATIC and not static:
            self.fault(
                f"has a {name} that is an {found.scheme.value}: reference; outside BFF_ENV=dev"
                " that needs BFF_SECRETS_ALLOW_STATIC=1"
            )
            return None
        return found

    def flag(self, name: str) -> bool:
        """Return true or false; absent is false."""
        value = self._members.pop(name, False)
        if not isinstance(value, bool):
            # Anything but true taken for false would let a suspended tenant in.
            self.fault(f"has a {name} that is neither true nor false")
        return value is True

    def texts(self, name: str, default: list[str] | None = None) -> list[str]:
        """Return a list of texts; numbers count as their digits."""
        value = self._members.pop(name, default or [])
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        if any(isinstance(i, bool) or not isinstance(i, str | int) or i == "" for i in items):
            self.fault(f"has {name} that are no list of texts")
            return []
        return [str(item) for item in items]

    def matching_texts(self, name: str, form: Pattern[str], meaning: str) -> list[str]:
        """Return a list of texts of a certain form."""
        texts = self.texts(name)
        if all(form.fullmatch(text) for text in texts):
            return texts
        self.fault(f"has {name} that are not {meaning}")
        return []

    def number(self, name: str, *, least: int) -> int | None:
        """Return a whole number of at least `least`."""
        value = self._members.pop(name, None)
        if value is None or (type(value) is int and value >= least):
            return value
        self.fault(f"has a {name} that is no whole number from {least}")
        return None

    def option(self, name: str, options: type[Option], default: Option) -> Option:
        """Return one of the values of an enum."""
        value = self._members.pop(name, default.value)
        for option in options:
            if option.value == value:
                return option
        known = " or ".join(str(option.value) for option in options)
        self.fault(f"{value!r} is not of {name}: {known}")
        return default

    def end(self) -> None:
        """Note the members that nobody asked for: a slip of the pen must not switch nothing on."""
        for name in self._members:
            self.fault(f"has a member {name}, which nobody knows")
