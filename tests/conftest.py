"""What holds for all tests: how long an example may take, which come first, whom they believe."""

import gc
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from fakes.wire.authority import Authority

# Several processes share the processors: what takes 200 ms then says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


_LONGEST = ("journeys/", "storm/", "devstack/setup/", "devstack/dev/", "examples/")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: the rest fills the gaps, and nobody is left alone at the end.

    Not by `testpaths`: where one holds another, pytest forgets their order.
    """

    def turn(item: pytest.Item) -> int:
        places = (n for n, place in enumerate(_LONGEST) if item.nodeid.startswith(f"tests/{place}"))
        return next(places, len(_LONGEST))

    items.sort(key=turn)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage among modules and tests: they are a million objects, and all stay.

    To read them takes a third less time so, and each later look half a second less.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def nobody_believed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Believe one authority that signs nothing, instead of all that the machine believes.

    Nobody's certificates are looked at here but those that tests make, and every client of httpx
    reads all authorities anew, for 35 ms, here and in programs that tests start.
    """
    nobody = Authority(tmp_path_factory.mktemp("nobody"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(nobody.file))
        patch.delenv("SSL_CERT_DIR", raising=False)
        yield
