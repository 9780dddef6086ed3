"""The Runtime API as its client sees it."""

import base64
import json

import pytest

from devstack.runtime_api.server import RuntimeApi as LocalRuntimeApi
from fakes.clock import NOW, StoppedClock
from fakes.proxy.asgi import WAIT_S
from proxy.lambda_stream.http import RuntimeApiLost
from proxy.lambda_stream.runtime_api import Failure, RuntimeApi
from proxy.lambda_stream.serving import left_s
from trust.clock import NumericDate

FAILURE = Failure(kind="SomeError", message="It failed.")


async def test_an_invocation_says_what_the_runtime_api_said() -> None:
    async with LocalRuntimeApi(StoppedClock()).served() as local:
        invoked = local.invoke(b"{}", timeout_s=30, trace_id="Root=1")
        api = RuntimeApi(local.authority)
        found = await api.next()
        api.close()

    assert (found.id, found.event, found.trace_id) == (invoked.id, b"{}", "Root=1")
    assert left_s(found, NOW) == 29
    assert left_s(found, NumericDate(NOW + 100)) == 0


async def test_a_failure_to_start_is_told() -> None:
    async with LocalRuntimeApi(StoppedClock()).served() as local:
        api = RuntimeApi(local.authority)
        await api.fail_to_start(FAILURE)
        api.close()

    (told,) = local.start_failures
    assert json.loads(told) == {
        "errorType": "SomeError",
        "errorMessage": "It failed.",
        "stackTrace": [],
    }


async def test_a_failure_in_trailers_is_base64_of_json() -> None:
    trailers = FAILURE.trailers()

    body = trailers["Lambda-Runtime-Function-Error-Body"]
    assert json.loads(base64.b64decode(body))["errorType"] == "SomeError"
    assert trailers["Lambda-Runtime-Function-Error-Type"] == "SomeError"


async def test_an_answer_announces_the_trailers_that_a_failure_adds() -> None:
    async with LocalRuntimeApi(StoppedClock()).served() as local:
        invoked = local.invoke(b"{}")
        api = RuntimeApi(local.authority)
        upload = await api.respond(await api.next())
        await upload.end(FAILURE.trailers(), within_s=WAIT_S)
        api.close()

    assert invoked.head["trailer"].split(", ") == list(FAILURE.trailers())


async def test_a_second_event_before_the_first_ones_answer_is_not_handed_out() -> None:
    async with LocalRuntimeApi(StoppedClock()).served() as local:
        local.invoke(b"{}")
        api = RuntimeApi(local.authority)
        await api.next()
        with pytest.raises(RuntimeApiLost, match="403"):
            await api.next()
        api.close()


@pytest.mark.parametrize("name", ["../next", "", "a b", "x" * 200])
async def test_an_id_that_would_change_the_path_is_not_taken(name: str) -> None:
    async with LocalRuntimeApi(StoppedClock()).served() as local:
        local.invoke(b"{}").id = name
        api = RuntimeApi(local.authority)
        with pytest.raises(RuntimeApiLost, match="no request id"):
            await api.next()
        api.close()
