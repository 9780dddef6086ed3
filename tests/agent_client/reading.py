"""A turn of the deep-research agent in which the tenant's passages are read."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from agent_host.settings import Settings
from deepresearch.library import Corpus, Page
from deepresearch.passages import Passages
from deepresearch.postgres import Question, database_turn

from fakes.library import ACME

CORPUS = Page(address="corpus:neap", title="Neap", text="Neap tides are small.")
WHO = Question(query=b"SELECT current_user", values=(), tenant=ACME)


@asynccontextmanager
async def turn(settings: Settings) -> AsyncGenerator[Passages]:
    """Read as a person of acme, in a library of one page besides."""
    assert settings.database is not None
    async with database_turn(settings.database, settings.secrets):
        yield Passages(Corpus([CORPUS]), ACME)


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return what was logged."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]
