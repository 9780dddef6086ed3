"""Calls of AWS's own library: in threads, in time."""

import asyncio
import threading

import pytest
from botocore.exceptions import ClientError

from contracts.secret_source import VALUE, shown
from fakes.clock import StoppedClock
from fakes.loopback import WAIT_S
from trust.secrets import botocore
from trust.secrets.botocore import THREADS, Calls
from trust.secrets.reference import Reference, Scheme
from trust.secrets.source import SecretOutage, SecretRefused

PLACE = Reference(scheme=Scheme.SECRETS_MANAGER, path="oidc")


@pytest.fixture
def calls() -> Calls[str]:
    return Calls(lambda fresh: "another" if fresh else "first", StoppedClock())


def client_error(code: str, status: int = 400) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": VALUE},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "1",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        "GetSecretValue",
    )


async def test_a_call_that_hangs_is_given_up(
    calls: Calls[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(botocore, "CALL_S", 0.01)
    answered = threading.Event()
    try:
        with pytest.raises(SecretOutage, match="awssm:oidc: no answer within"):
            await calls.done(PLACE, lambda _: answered.wait(WAIT_S))
    finally:
        answered.set()


async def test_while_aws_hangs_asyncios_own_threads_are_free(calls: Calls[str]) -> None:
    answered, threads = threading.Event(), threading.Barrier(THREADS + 1)

    def hang(_client: str) -> None:
        threads.wait(WAIT_S)
        answered.wait(WAIT_S)

    hanging = [asyncio.ensure_future(calls.done(PLACE, hang)) for _ in range(THREADS * 4)]
    try:
        await asyncio.to_thread(threads.wait, WAIT_S)
        assert await asyncio.to_thread(lambda: "free") == "free"
    finally:
        answered.set()
        threads.abort()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_credentials_that_are_refused_make_another_client_and_one_more_call(
    calls: Calls[str],
) -> None:
    asked: list[str] = []

    def ask(client: str) -> str:
        asked.append(client)
        if client == "first":
            raise client_error("ExpiredTokenException")
        return "done"

    assert await calls.done(PLACE, ask) == "done"
    assert asked == ["first", "another"]


async def test_many_who_are_refused_at_once_look_for_credentials_once() -> None:
    made: list[bool] = []
    together = threading.Barrier(THREADS)

    def make(fresh: bool) -> int:  # noqa: FBT001 as it is called
        made.append(fresh)
        return len(made)

    def ask(client: int) -> str:
        if client == 1:
            together.wait(WAIT_S)
            raise client_error("UnrecognizedClientException")
        return "done"

    calls = Calls(make, StoppedClock())
    done = await asyncio.gather(*(calls.done(PLACE, ask) for _ in range(THREADS)))

    assert done == ["done"] * THREADS
    assert made == [False, True]


async def test_any_other_refusal_is_not_tried_again(calls: Calls[str]) -> None:
    asked: list[str] = []

    def ask(client: str) -> str:
        asked.append(client)
        raise client_error("AccessDeniedException")

    with pytest.raises(SecretRefused) as refused:
        await calls.done(PLACE, ask)

    assert asked == ["first"]
    assert VALUE not in shown(refused.value)


@pytest.mark.parametrize("error", [RuntimeError(VALUE), OSError(VALUE), ValueError(VALUE)])
async def test_what_goes_wrong_inside_is_an_outage_and_not_quoted(
    calls: Calls[str], error: Exception
) -> None:
    def ask(_client: str) -> str:
        raise error

    with pytest.raises(SecretOutage, match=type(error).__name__) as outage:
        await calls.done(PLACE, ask)

    assert VALUE not in shown(outage.value)
