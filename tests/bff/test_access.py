"""What every route of FastAPI's asks for before it is called."""

import inspect
from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from bff.admin.routes import router as admin
from fakes.proxy.house import House


def asked_for(dependant: Dependant) -> Iterator[object]:
    """Return what is called for a route, itself included."""
    yield dependant.call
    for one in dependant.dependencies:
        yield from asked_for(one)


def is_awaited(call: object) -> bool:
    """Tell whether it is called in the event loop."""
    return inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(
        getattr(call, "__call__", None)  # noqa: B004 of an object: its method
    )


def test_no_route_goes_to_a_thread_and_back(house: House) -> None:
    """FastAPI does so for whatever is no coroutine: a third of what a small answer costs."""
    routers = [getattr(route, "original_router", None) for route in house.app.routes]
    included = [route for router in routers if router is not None for route in router.routes]
    every = (*house.app.routes, *included, *admin.routes)
    routes = [route for route in every if isinstance(route, APIRoute)]

    threaded = {
        call for route in routes for call in asked_for(route.dependant) if not is_awaited(call)
    }

    assert len(routes) > 20
    assert threaded == set()
