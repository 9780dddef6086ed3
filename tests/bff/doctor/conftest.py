"""What the tests of this folder share: a Gatehouse, and somebody who runs commands."""

from fakes.operator import operator
from fakes.proxy.house import alice, browser, house, settings_changes

__all__ = ["alice", "browser", "house", "operator", "settings_changes"]
