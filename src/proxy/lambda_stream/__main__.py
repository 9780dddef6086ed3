"""`python -m proxy.lambda_stream [application]`: a Lambda runtime of our own, which streams.

Without an argument `_HANDLER`, the function's handler, names the ASGI application:
`module:attribute` or, as Lambda's own runtimes have it, `module.attribute`.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import MutableMapping
from importlib import import_module
from typing import cast

from starlette.types import ASGIApp

from proxy.lambda_stream.http import RuntimeApiLost
from proxy.lambda_stream.runtime_api import Failure, RuntimeApi
from proxy.lambda_stream.serving import Server
from trust import log
from trust.clock import SystemClock

_TRACE = "_X_AMZN_TRACE_ID"
"""Where X-Ray's own library, and those of others, look for the current trace."""


def load(handler: str) -> ASGIApp:
    """Return the application that `handler` names. Raises ImportError, AttributeError, others.

    Modules are made to stay. Not looking for garbage among them is an eighth off a cold start, and
    not looking at them again later is time off every collection.
    """
    dotted = handler.replace(":", ".")
    module, _, attribute = dotted.rpartition(".")
    gc.disable()
    try:
        return cast("ASGIApp", getattr(import_module(module), attribute))
    finally:
        gc.freeze()
        gc.enable()


async def run(environment: MutableMapping[str, str]) -> int:
    """Answer invocations until the Runtime API is gone; return the exit code."""
    api = RuntimeApi(environment["AWS_LAMBDA_RUNTIME_API"])
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 this is one
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        app = await _loaded(api, environment)
        if app is not None:
            await Server(api, app, SystemClock(), lambda trace: _trace(environment, trace)).serve()
    except RuntimeApiLost as error:
        log.fault("lambda.runtime_api_lost", error)
    except asyncio.CancelledError:
        # SIGTERM: Lambda puts the sandbox away, and no invocation is running.
        return 0
    finally:
        api.close()
    return 1


async def _loaded(api: RuntimeApi, environment: MutableMapping[str, str]) -> ASGIApp | None:
    """Return the application; None if it does not start, which is told. Raises RuntimeApiLost."""
    try:
        return load(environment["_HANDLER"])
    except (Exception, SystemExit) as error:  # noqa: BLE001 whatever it is, Lambda has to know
        log.fault("lambda.start_failed", error)
        message = "The function does not start. Its log says why."
        await api.fail_to_start(Failure(kind=type(error).__name__, message=message))
        return None


def _trace(environment: MutableMapping[str, str], trace: str | None) -> None:
    if trace is None:
        environment.pop(_TRACE, None)
    else:
        environment[_TRACE] = trace


if __name__ == "__main__":
    log.to_stderr()
    environment = os.environ  # noqa: TID251 the one place
    if sys.argv[1:]:
        # As an image's command it comes as an argument.
        environment["_HANDLER"] = sys.argv[1]
    sys.exit(asyncio.run(run(environment)))
