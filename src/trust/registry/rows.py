"""Entries as rows of the table, and back: keys, and one text that is read as strictly as the file.

| entry | sort key below the app's partition | attributes |
|---|---|---|
| tenant, agent, provider | `TENANT#{id}` `AGENT#{name}` `PROVIDER#{name}` | `entry`: JSON |
| what a tenant alone may claim | `CLAIM#{hash(issuer, value)}` | `owner`: its id |
| what a provider alone may be | `ISSUER#{hash(issuer)}` | `owner`: its name |
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar, cast

from trust.registry.entry import Entry
from trust.registry.members import (
    Terms,
    is_slug,
    members_of,
    read_agent,
    read_provider,
    read_tenant,
)
from trust.registry.record import Agent, ProviderEntry, Tenant
from trust.store.table import Item, RowMalformed

TENANT, AGENT, PROVIDER = "TENANT#", "AGENT#", "PROVIDER#"
CLAIM, ISSUER = "CLAIM#", "ISSUER#"

Record = TypeVar("Record")


def claim_sort(claim: str, *, issuer: str | None) -> str:
    """Return the sort key of a claim in an issuer's mouth; None is the default provider.

    The issuer is part of the hash, its length in front of it: ("https://a", "bc") and
    ("https://ab", "c") are two claims, and no provider can spell another's.
    """
    mouth = issuer or ""
    return CLAIM + _hash(f"{len(mouth)}:{mouth}{claim}")


def issuer_sort(issuer: str) -> str:
    """Return the sort key under which a provider holds its issuer."""
    return ISSUER + _hash(issuer)


def _hash(text: str) -> str:
    # A lone surrogate can stand in JSON and has no UTF-8: it has a hash, and names nobody.
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def entry_text(record: Tenant | ProviderEntry | Agent) -> str:
    """Return the members of a record's entry as a row keeps them."""
    return json.dumps(members_of(record), sort_keys=True)


def tenant_row(item: Item, terms: Terms) -> Tenant:
    """Read a tenant's row. Raises RowMalformed."""
    return _record(item, TENANT, read_tenant, terms)


def provider_row(item: Item, terms: Terms) -> ProviderEntry:
    """Read a provider's row. Raises RowMalformed."""
    return _record(item, PROVIDER, read_provider, terms)


def agent_row(item: Item, terms: Terms) -> Agent:
    """Read an agent's row. Raises RowMalformed."""
    return _record(item, AGENT, read_agent, terms)


def owner_row(item: Item) -> str:
    """Return whose a claim or an issuer is. Raises RowMalformed."""
    owner = item.text("owner")
    if not is_slug(owner):
        raise RowMalformed(f"{item.key.sort}: the owner is no slug")
    return owner


def _record(
    item: Item, kind: str, read: Callable[[str, Entry, Terms], Record | None], terms: Terms
) -> Record:
    sort = item.key.sort
    name = sort.removeprefix(kind)
    if not is_slug(name):
        raise RowMalformed(f"{sort}: the name is no slug")
    faults: list[str] = []
    entry = Entry(f"{sort}:", _members(item), faults)
    record = read(name, entry, terms)
    entry.end()
    if record is None or faults:
        raise RowMalformed("; ".join(faults))
    return record


def _members(item: Item) -> dict[str, Any]:
    text = item.text("entry")
    try:
        members = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise RowMalformed(f"{item.key.sort}: the entry is no JSON object") from error
    if not isinstance(members, dict):
        raise RowMalformed(f"{item.key.sort}: the entry is no JSON object")
    return cast("dict[str, Any]", members)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # As in TOML: of two `suspended`, the second must not win quietly.
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member came twice")
    return members
