"""`python -m devstack.runtime_api.managed`: Lambda's own Python runtime, for functions.

Loads `_HANDLER`, asks the Runtime API for one event after the other and reports each answer whole,
as the runtime does that Lambda brings for functions without one of their own.
"""

import http.client
import importlib
import json
import os
from collections.abc import Callable
from typing import Any

_NEXT = "/2018-06-01/runtime/invocation/next"
_PATIENCE_S = 3600.0
"""How long it waits for an event; a sandbox is frozen meanwhile."""

Handler = Callable[[Any, object], Any]


def loaded(spelled: str) -> Handler:
    """Return the handler that is called `module.name`. Raises ImportError, AttributeError."""
    module, _, name = spelled.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def serve(authority: str, handler: Handler) -> None:
    """Answer events until the Runtime API has gone."""
    host, _, port = authority.rpartition(":")
    api = http.client.HTTPConnection(host, int(port), timeout=_PATIENCE_S)
    try:
        while True:
            _one(api, handler)
    except (OSError, http.client.HTTPException):
        return
    finally:
        api.close()


def _one(api: http.client.HTTPConnection, handler: Handler) -> None:
    api.request("GET", _NEXT)
    waiting = api.getresponse()
    event = json.loads(waiting.read())
    name = waiting.headers["Lambda-Runtime-Aws-Request-Id"]
    try:
        verb, told = "response", handler(event, None)
    except Exception as error:  # noqa: BLE001 a function's failure is an answer
        verb, told = "error", {"errorType": type(error).__name__, "errorMessage": str(error)}
    api.request("POST", f"/2018-06-01/runtime/invocation/{name}/{verb}", json.dumps(told))
    api.getresponse().read()


def main() -> None:
    """Serve as the environment says."""
    environment = os.environ  # noqa: TID251 the program's entry
    serve(environment["AWS_LAMBDA_RUNTIME_API"], loaded(environment["_HANDLER"]))


if __name__ == "__main__":
    main()
