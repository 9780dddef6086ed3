"""Reading single values of the configuration; every refusal says what would be right."""

import re
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from trust.coordinates import AppId, SlugRefused, app_id

Choice = TypeVar("Choice", bound=Enum)

_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h)", re.ASCII)
PLAIN_URL = re.compile(
    r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?",
    re.ASCII,
)
"""A URL without user, query and fragment; `has_port` tells whether its port is one."""

_DIGITS = 18
_PORTS = 1 << 16
_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours"}


def text(raw: str) -> str:
    """Return the text without white space around it. Raises ValueError if nothing is left."""
    if not raw.strip():
        raise ValueError("is empty")
    return raw.strip()


def slug(raw: str) -> AppId:
    """Read the app's id. Raises ValueError."""
    try:
        return app_id(raw)
    except SlugRefused as error:
        raise ValueError("is no slug: a-z, 0-9 and - inside, 1 to 63 characters") from error


def mode(raw: str) -> bool:
    """Return whether this is development. Raises ValueError."""
    if raw not in {"dev", "prod"}:
        raise ValueError("is neither dev nor prod")
    return raw == "dev"


def switch(raw: str) -> bool:
    """Read `1` or `0`. Raises ValueError."""
    if raw not in {"0", "1"}:
        raise ValueError("is neither 0 nor 1")
    return raw == "1"


def url(raw: str) -> str:
    """Read an http(s) URL without query and fragment. Raises ValueError, which quotes nothing."""
    if not PLAIN_URL.fullmatch(raw) or not has_port(raw):
        raise ValueError("is no plain URL: http or https, a host, perhaps a port and a path")
    return raw


def has_port(raw: str) -> bool:
    """Tell whether a URL's port, named or not, is one that can be connected to."""
    try:
        return urlsplit(raw).port != 0
    except ValueError:
        return False


def origin(raw: str) -> str:
    """Read an origin as browsers spell it: no path, lower case, no default port."""
    parts = urlsplit(url(raw))
    default = {"http": 80, "https": 443}[parts.scheme]
    port = "" if parts.port in {None, default} else f":{parts.port}"
    if parts.path not in {"", "/"}:
        raise ValueError("has a path; an origin is only scheme, host and port")
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    return f"{parts.scheme}://{host}{port}"


def duration(raw: str) -> timedelta:
    """Read a duration such as `30m`. Raises ValueError."""
    found = _DURATION.fullmatch(raw)
    if found is None:
        raise ValueError("is no duration such as 500ms, 90s, 30m or 12h")
    return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))})


def lasting(raw: str) -> timedelta:
    """Read a duration of more than nothing. Raises ValueError."""
    if not duration(raw):
        raise ValueError("is no time at all")
    return duration(raw)


def number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers between two bounds."""

    def read(raw: str) -> int:
        # Python itself refuses to read thousands of digits, in words of its own.
        plain = raw.isdecimal() and raw.isascii() and len(raw) <= _DIGITS
        if not (plain and least <= int(raw) <= most):
            raise ValueError(f"is no whole number from {least} to {most}")
        return int(raw)

    return read


def choice(options: type[Choice]) -> Callable[[str], Choice]:
    """Return a reader of one of the values of an enum."""

    def read(raw: str) -> Choice:
        try:
            return options(raw)
        except ValueError:
            names = ", ".join(str(option.value) for option in options)
            raise ValueError(f"is none of {names}") from None

    return read


def place(*forms: str) -> Callable[[str], str]:
    """Return a reader of `scheme:rest` texts, of the schemes that `forms` begin with.

    A form without a colon is a word that stands alone.
    """

    def read(raw: str) -> str:
        scheme, colon, rest = raw.partition(":")
        for form in forms:
            known, needed, example = form.partition(":")
            if (scheme, colon) == (known, needed) and bool(rest) == bool(example):
                return raw
        raise ValueError(f"is none of {', '.join(forms)}")

    return read


def networks(raw: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read networks such as `10.0.0.0/8, fd00::/8`. Raises ValueError."""
    try:
        return tuple(ip_network(part.strip()) for part in raw.split(","))
    except ValueError:
        # Not as a cause: it quotes what it was given, here and where an option is read.
        raise ValueError("is no list of networks such as 10.0.0.0/8, fd00::/8") from None


def folder(raw: str) -> Path:
    """Read a path."""
    return Path(raw)


def address(raw: str) -> tuple[str, int]:
    """Read a host and a port to listen on, such as `127.0.0.1:9464`. Raises ValueError."""
    host, colon, port = raw.rpartition(":")
    plain = port.isdecimal() and port.isascii() and len(port) <= _DIGITS
    if not (host and colon and plain and 0 < int(port) < _PORTS):
        raise ValueError("is no address to listen on such as 127.0.0.1:9464 or [::1]:9464")
    return host.removeprefix("[").removesuffix("]"), int(port)


def loopback(raw: str) -> str:
    """Read an http address on this machine, where no name look-up is needed. Raises ValueError.

    Secrets go there in the clear: an address elsewhere, or a name that anybody can point elsewhere,
    would be handed them (SSRF).
    """
    parts = urlsplit(url(raw))
    host = "127.0.0.1" if parts.hostname == "localhost" else str(parts.hostname)
    if parts.scheme != "http" or not is_here(host) or parts.path not in {"", "/"}:
        raise ValueError("is not http on this machine, such as http://localhost:2773")
    named = f"[{host}]" if ":" in host else host
    return f"http://{named}:{parts.port or 80}"


def is_here(host: str) -> bool:
    """Tell whether a host is this machine whatever names are made to mean: 127/8, ::1, localhost.

    `localhost` never leaves it (RFC 6761 §6.3); whoever looks up other names may be led elsewhere.
    """
    if host == "localhost":
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    # An IPv4 address in IPv6's clothes is where it leads; Python knows that since 3.13 only.
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback
