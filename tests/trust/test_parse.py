"""Single values of the configuration."""

from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from trust import parse

Reader = Callable[[str], Any]


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


def named(part: object) -> str:
    """Name a case by its text or its reader: the same on every run, and in every process."""
    return part.__qualname__ if isinstance(part, FunctionType) else ascii(part)[:30]


STORES = parse.place("sqlite:path", "dynamodb:table", "memory:")

RIGHT: list[tuple[Reader, str, object]] = [
    (parse.text, " a b ", "a b"),
    (parse.slug, "demo", "demo"),
    (parse.slug, "a-1", "a-1"),
    (parse.mode, "dev", True),
    (parse.mode, "prod", False),
    (parse.switch, "1", True),
    (parse.switch, "0", False),
    (parse.url, "https://login.example.com", "https://login.example.com"),
    (parse.url, "https://login.example.com/t/1/", "https://login.example.com/t/1/"),
    (parse.url, "http://127.0.0.1:9400", "http://127.0.0.1:9400"),
    (parse.origin, "https://App.Example.com/", "https://app.example.com"),
    (parse.origin, "https://app.example.com:443", "https://app.example.com"),
    (parse.origin, "http://localhost:80", "http://localhost"),
    (parse.origin, "http://localhost:8000", "http://localhost:8000"),
    (parse.origin, "https://app.example.com:80", "https://app.example.com:80"),
    (parse.duration, "500ms", timedelta(milliseconds=500)),
    (parse.duration, "0s", timedelta()),
    (parse.duration, "30m", timedelta(minutes=30)),
    (parse.duration, "12h", timedelta(hours=12)),
    (parse.number(1, 10), "1", 1),
    (parse.number(1, 10), "10", 10),
    (parse.choice(Colour), "red", Colour.RED),
    (STORES, "sqlite:/x/y.db", "sqlite:/x/y.db"),
    (STORES, "dynamodb:gatehouse-sessions", "dynamodb:gatehouse-sessions"),
    (parse.folder, "spa/dist", Path("spa/dist")),
    (
        parse.networks,
        "10.0.0.0/8, fd00::/8",
        (IPv4Network("10.0.0.0/8"), IPv6Network("fd00::/8")),
    ),
    (parse.address, "127.0.0.1:9464", ("127.0.0.1", 9464)),
    (parse.address, "[::1]:65535", ("::1", 65535)),
]


@pytest.mark.parametrize(("read", "raw", "value"), RIGHT, ids=named)
def test_a_right_value_is_read(read: Reader, raw: str, value: object) -> None:
    assert read(raw) == value


def test_a_store_in_memory_can_be_named() -> None:
    assert STORES("memory:") == "memory:"


def test_an_origin_may_be_an_address_in_brackets() -> None:
    assert parse.origin("http://[::1]:8000") == "http://[::1]:8000"


WRONG: list[tuple[Reader, str]] = [
    (parse.text, ""),
    (parse.text, "  "),
    (parse.slug, "Demo"),
    (parse.slug, "-a"),
    (parse.slug, "a\n"),
    (parse.mode, "development"),
    (parse.mode, "DEV"),
    (parse.switch, "true"),
    (parse.switch, "2"),
    (parse.url, "login.example.com"),
    (parse.url, "ftp://login.example.com"),
    (parse.url, "https://"),
    (parse.url, "https://user:pass@login.example.com"),
    (parse.url, "https://user@login.example.com"),
    (parse.url, "https://login.example.com?x=1"),
    (parse.url, "https://login.example.com#x"),
    (parse.url, "javascript:alert(1)"),
    (parse.origin, "https://app.example.com/app"),
    (parse.origin, "app.example.com"),
    (parse.duration, "30"),
    (parse.duration, "30 m"),
    (parse.duration, "-5m"),
    (parse.duration, "1.5h"),
    (parse.duration, "1d"),
    (parse.duration, "9999999999h"),
    (parse.duration, "٣m"),
    (parse.duration, "5m\n"),
    (parse.number(1, 10), "0"),
    (parse.number(1, 10), "11"),
    (parse.number(1, 10), "-1"),
    (parse.number(1, 10), "1.0"),
    (parse.number(1, 10), "٣"),
    (parse.number(1, 10), ""),
    (parse.number(1, 10), "9" * 5000),
    (parse.networks, "10.0.0.1/8"),
    (parse.networks, "10.1.0.0/16,"),
    (parse.networks, "everywhere"),
    (parse.address, "9464"),
    (parse.address, "10.9.9.9:"),
    (parse.address, ":7777"),
    (parse.address, "127.0.0.1:0"),
    (parse.address, "127.0.0.1:65536"),
    (parse.address, "127.0.0.1:" + "9" * 5000),
    (parse.choice(Colour), "green"),
    (parse.choice(Colour), "RED"),
    (STORES, "postgres:x"),
    (STORES, "sqlite:"),
    (STORES, "sqlite"),
    (STORES, "memory"),
    (STORES, "memory:x"),
    (STORES, ""),
]


@pytest.mark.parametrize(("read", "raw"), WRONG, ids=named)
def test_a_wrong_value_is_refused_with_what_would_be_right(read: Reader, raw: str) -> None:
    with pytest.raises(ValueError, match=r"^(is|has) ") as raised:
        read(raw)

    assert raised.value.__cause__ is None or raw not in str(raised.value.__cause__)
    told = str(raised.value)
    # The names of the known stores are part of what would be right.
    assert (
        not raw.strip()
        or len(raw) < 5
        or raw.rstrip(":") in {"sqlite", "memory"}
        or raw not in told
    )


URLS = [
    "https://host:secret-in-the-port",
    "https://host:99999",
    "https://secret\u2100host",
    "https://[secret",
    "https://login.example.com\n",
    "https://login.example.com ",
    "https://login exam.ple",
    "https://login.example.com\t/x",
    "https://m\u00fcnchen.example",
]


@pytest.mark.parametrize("read", [parse.url, parse.origin])
@pytest.mark.parametrize("raw", URLS[:4], ids=ascii)
def test_a_url_that_no_browser_would_take_is_refused_unquoted(read: Reader, raw: str) -> None:
    with pytest.raises(ValueError, match=r"^is no plain URL") as raised:
        read(raw)

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("raw", URLS[4:], ids=ascii)
def test_a_url_with_white_space_or_another_alphabet_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match=r"^is no plain URL"):
        parse.url(raw)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.example", False),
        ("LOCALHOST", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 nothing listens
        ("::ffff:10.0.0.1", False),
        ("2130706433", False),
        ("127.1", False),
        ("", False),
        ("None", False),
    ],
)
def test_a_host_is_here_by_its_address_and_by_one_name(host: str, *, here: bool) -> None:
    assert parse.is_here(host) is here
