"""What the tests of this folder share: a Gatehouse, and browsers before it."""

from fakes.proxy.house import alice, browser, house, settings_changes

__all__ = ["alice", "browser", "house", "settings_changes"]
