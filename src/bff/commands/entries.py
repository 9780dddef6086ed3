"""From a command's arguments to an entry, read as strictly as one of the file."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from trust.errors import SettingsError
from trust.registry.entry import Entry
from trust.registry.members import Terms

Record = TypeVar("Record")


def entry_of(
    name: str,
    members: Mapping[str, object],
    read: Callable[[str, Entry, Terms], Record | None],
    terms: Terms,
) -> Record:
    """Read an entry; members that are None were not given. Raises SettingsError."""
    faults: list[str] = []
    given = {member: value for member, value in members.items() if value is not None}
    entry = Entry(name, given, faults)
    record = read(name, entry, terms)
    entry.end()
    if record is None or faults:
        raise SettingsError(faults)
    return record


def kept_in(name: str, *, stored: Collection[str], filed: Collection[str]) -> str:
    """Return where the entry that counts is kept."""
    if name not in stored:
        return "file"
    return "store, above the file" if name in filed else "store"
