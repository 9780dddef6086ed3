"""Clients of hvac for the local Vault: the library is the judge of every answer's shape."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import hvac

Client = Any
"""An `hvac.Client`; its methods say `Any` themselves."""
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""httpx's `verify`: reading the machine's certificates takes longer than most tests."""
As = Callable[[str], Client]
"""Makes a client that has a token."""


@contextmanager
def clients(url: str) -> Iterator[As]:
    """Make clients of one Vault, and close them all."""
    with ExitStack() as opened:

        def client(token: str) -> Client:
            made: Client = hvac.Client(url=url, token=token, timeout=5)
            opened.enter_context(closing(made.adapter))
            return made

        yield client
