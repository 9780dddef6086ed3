"""One secret, its keeper, and clocks that a test moves."""

import logging
from collections.abc import Iterator

import pytest

from contracts.secret_source import VALUE
from fakes.cells import PLACE
from fakes.secret_source import KnownSecrets
from fakes.two_clocks import TwoClocks
from trust.secrets.cell import Cell
from trust.secrets.freshness import Terms


@pytest.fixture
def clock() -> TwoClocks:
    return TwoClocks()


@pytest.fixture
def source() -> KnownSecrets:
    return KnownSecrets({PLACE.path: VALUE})


@pytest.fixture
def cell(source: KnownSecrets, clock: TwoClocks) -> Cell:
    return Cell(PLACE, source, terms=Terms(), clock=clock, draw=lambda: 0.0)


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, logger="gatehouse"):
        yield caplog
