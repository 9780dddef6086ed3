"""The browsers, one after the other, each before the same stack."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from browsers.engines import ENGINES
from browsers.measured import Rows, keep, known
from browsers.scene import Scene, opened
from browsers.tab import Engine, Tab

HERE = Path(__file__).resolve().parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take `--measure`."""
    told = "write tests/browsers/measured.json and the tables of docs/browsers.md anew"
    parser.addoption("--measure", action="store_true", help=told)


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave these out unless they are asked for by name: `make browsers`."""
    called_in = config.invocation_params.dir
    asked = (Path(called_in, argument.partition("::")[0]) for argument in config.args)
    return None if any(path.resolve().is_relative_to(HERE) for path in asked) else True


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Generator[Scene]:
    """The stack."""
    with opened(tmp_path_factory.mktemp("stack")) as found:
        yield found


@pytest.fixture(scope="session", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Engine]:
    """A browser; if it is not installed, its tests are skipped by its name."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    with ENGINES[request.param](folder) as found:
        yield found


@pytest.fixture
def tab(engine: Engine) -> Generator[Tab]:
    """A tab of a profile that nobody has used."""
    with engine.profile() as found:
        yield found


@pytest.fixture
def compared(request: pytest.FixtureRequest, engine: Engine) -> Callable[[str, Rows], None]:
    """Compare what was seen with what is written; with `--measure`, write it."""

    def looked_at(table: str, rows: Rows) -> None:
        if request.config.getoption("--measure"):
            keep(table, engine.name, rows)
        assert rows == known(table, engine.name)

    return looked_at
