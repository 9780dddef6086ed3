"""One place of a keeper, and what goes wrong with it."""

import json

import pytest

from trust.secrets.cell import Cell
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import Fetched, SecretOutage, SecretRefused

PLACE = Reference(scheme=Scheme.VAULT_KV, path="secret/oidc")
OUTAGE = SecretOutage("vault-kv:secret/oidc: status 503")
REFUSAL = SecretRefused("vault-kv:secret/oidc: denied")


def names(events: pytest.LogCaptureFixture) -> list[str]:
    """Return the events that were logged."""
    return [json.loads(record.getMessage())["event"] for record in events.records]


def text_of(found: Fetched | None) -> str | None:
    """Return what was fetched."""
    return None if found is None else found.value.reveal()


async def value(cell: Cell) -> str:
    """Return the text that may be used now."""
    return (await cell.value()).value.reveal()
