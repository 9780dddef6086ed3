"""The entry point, as Lambda loads it."""

import gc
import importlib
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from events.recorded import rest_authorization
from trust.errors import SettingsError

ENVIRONMENT = {
    "BFF_APP_ID": "demo",
    "BFF_STORE": "dynamodb:gatehouse-sessions",
    "AWS_REGION": "us-east-1",
}


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Load the module anew, and leave the process's logging as it was."""
    for name in ("AUTHORIZER_MODE", "AWS_DEFAULT_REGION", *ENVIRONMENT):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delitem(sys.modules, "authorizer.handler", raising=False)
    logger = logging.getLogger("gatehouse")
    before = list(logger.handlers), logger.level, logger.propagate
    yield
    logger.handlers, logger.level, logger.propagate = before
    sys.modules.pop("authorizer.handler", None)


def test_the_handler_is_built_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    handler = importlib.import_module("authorizer.handler").handler

    with pytest.raises(Exception, match=r"\AUnauthorized\Z"):
        handler(rest_authorization(), None)
    assert json.loads(capsys.readouterr().err)["event"] == "authorizer.nobody"


def test_every_fault_is_one_line_and_the_function_does_not_start(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SettingsError):
        importlib.import_module("authorizer.handler")

    assert capsys.readouterr().err.splitlines() == [
        "gatehouse: BFF_APP_ID is not set",
        "gatehouse: BFF_STORE is not set",
        "gatehouse: AWS_REGION is not set",
    ]


@pytest.mark.parametrize("environment", [ENVIRONMENT, {}], ids=["opened", "refused"])
def test_garbage_is_collected_again_once_it_is_loaded(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    with suppress(SettingsError):
        importlib.import_module("authorizer.handler")

    assert gc.isenabled()
