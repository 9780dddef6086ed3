"""What the tests of this folder share: a Gatehouse, and browsers before it."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import uvloop

from fakes.proxy.house import alice, browser, house, settings_changes

__all__ = ["alice", "browser", "house", "settings_changes"]

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
"""The service runs on uvloop, its Lambda and most tests on asyncio: their transports differ."""

_ON_BOTH = {Path(__file__).with_name(name) for name in ("test_hostile_answers.py", "test_relay.py")}


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Relay whole answers on both event loops."""
    return LOOPS if item.path in _ON_BOTH else {"asyncio": LOOPS["asyncio"]}
