"""What holds for all tests: how long an example may take, and what is no garbage."""

import gc
from collections.abc import Generator

import pytest
from hypothesis import settings

# Several processes share the processors: what takes 200 ms then says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


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
