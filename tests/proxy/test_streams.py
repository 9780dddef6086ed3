"""Open answers: counted, stopped, drained."""

import asyncio
from contextlib import ExitStack
from operator import attrgetter

import pytest

from fakes.login import ALICE, BOB
from fakes.proxy.asgi import WAIT_S
from proxy.errors import ServerRestarting, SessionRevoked, TooManyStreams, TurnStopped
from proxy.streams import Stream, StreamLimits, Streams
from trust.chat.record import chat_key
from trust.coordinates import tenant_id
from trust.session.record import Owner

FIRST, SECOND = "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW"


def streams_of(per_subject: int, *, per_tenant: int = 100, total: int = 100) -> Streams:
    return Streams(StreamLimits(per_subject=per_subject, per_tenant=per_tenant, total=total))


def open_for(streams: Streams, stack: ExitStack, owner: Owner = ALICE, chat: str = FIRST) -> Stream:
    stream = stack.enter_context(streams.opened(owner))
    stream.chat = chat_key(owner, chat)
    return stream


def test_a_person_has_so_many_streams_and_no_more() -> None:
    streams = streams_of(2)
    with ExitStack() as stack:
        open_for(streams, stack)
        open_for(streams, stack)

        with pytest.raises(TooManyStreams):
            open_for(streams, stack)


def test_the_streams_of_one_person_are_not_counted_to_another() -> None:
    streams = streams_of(1)
    with ExitStack() as stack:
        open_for(streams, stack, ALICE)

        open_for(streams, stack, BOB)


def test_a_tenants_people_have_so_many_streams_together() -> None:
    streams = streams_of(2, per_tenant=2)
    with ExitStack() as stack:
        open_for(streams, stack, ALICE)
        open_for(streams, stack, BOB)

        with pytest.raises(TooManyStreams):
            open_for(streams, stack, ALICE)
        open_for(streams, stack, ALICE._replace(tenant=tenant_id("globex")))


def test_a_process_has_so_many_streams_altogether() -> None:
    streams = streams_of(5, total=2)
    with ExitStack() as stack:
        open_for(streams, stack, ALICE)
        open_for(streams, stack, ALICE._replace(tenant=tenant_id("globex")))

        with pytest.raises(TooManyStreams):
            open_for(streams, stack, BOB)


def test_a_stream_that_ended_makes_room() -> None:
    streams = streams_of(1)
    for _ in range(3):
        with ExitStack() as stack:
            open_for(streams, stack)


def test_each_of_several_streams_that_ended_makes_room() -> None:
    streams = streams_of(2)
    with ExitStack() as stack:
        open_for(streams, stack)
        with streams.opened(ALICE):
            pass
        open_for(streams, stack)

        with pytest.raises(TooManyStreams):
            open_for(streams, stack)
    with ExitStack() as stack:
        open_for(streams, stack)


def test_a_stream_that_failed_makes_room() -> None:
    streams = streams_of(1)

    def fail() -> None:
        with streams.opened(ALICE):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    with ExitStack() as stack:
        open_for(streams, stack)


def test_a_stream_that_was_handed_over_stays_open_until_it_is_closed() -> None:
    streams = streams_of(1)
    slot = streams.opened(ALICE)
    with slot as stream:
        close = slot.handed_over()

    assert list(streams.open) == [stream]
    with ExitStack() as stack, pytest.raises(TooManyStreams):
        open_for(streams, stack)
    close()
    assert not streams.open
    with ExitStack() as stack:
        open_for(streams, stack)


def test_a_stream_that_was_handed_over_survives_the_failure_of_whoever_did_it() -> None:
    streams = streams_of(1)
    slot = streams.opened(ALICE)

    def fail() -> None:
        with slot:
            slot.handed_over()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert len(streams.open) == 1


async def test_draining_waits_for_a_stream_that_was_handed_over() -> None:
    streams = streams_of(1)
    slot = streams.opened(ALICE)
    with slot as stream:
        close = slot.handed_over()
    draining = asyncio.ensure_future(streams.drain(3600))
    await asyncio.sleep(0)
    assert not draining.done()
    close()
    async with asyncio.timeout(WAIT_S):
        await draining

    assert stream.why is None


def test_who_was_here_is_not_remembered() -> None:
    streams = streams_of(1)
    with ExitStack() as stack:
        open_for(streams, stack)

    # Not to be seen from outside: a counter that keeps its zeros would remember everybody.
    assert attrgetter("_counts")(streams) == {}


def test_a_stop_ends_the_chats_streams_and_no_others() -> None:
    streams = streams_of(9)
    with ExitStack() as stack:
        mine = [open_for(streams, stack), open_for(streams, stack)]
        others = [open_for(streams, stack, chat=SECOND), open_for(streams, stack, BOB)]

        assert streams.stop(chat_key(ALICE, FIRST)) == 2

        assert all(isinstance(stream.why, TurnStopped) for stream in mine)
        assert all(stream.why is not None for stream in mine)
        assert not any(stream.why is not None for stream in others)


def test_stopping_a_chat_that_does_not_run_stops_nothing() -> None:
    assert streams_of(1).stop(chat_key(ALICE, FIRST)) == 0


def test_the_first_reason_is_the_one_that_is_told() -> None:
    stream = Stream()
    stream.end(SessionRevoked("first"))
    stream.end(TurnStopped("second"))

    assert isinstance(stream.why, SessionRevoked)


async def test_draining_takes_no_new_streams() -> None:
    streams = streams_of(1)
    await streams.drain(0)

    with ExitStack() as stack, pytest.raises(ServerRestarting):
        open_for(streams, stack)


async def test_draining_an_idle_process_waits_for_nothing() -> None:
    async with asyncio.timeout(WAIT_S):
        await streams_of(1).drain(3600)


async def test_draining_waits_for_the_open_streams_to_end_by_themselves() -> None:
    streams = streams_of(2)
    with ExitStack() as stack:
        stream = open_for(streams, stack)
        draining = asyncio.ensure_future(streams.drain(3600))
        await asyncio.sleep(0)
        assert not draining.done()
    async with asyncio.timeout(WAIT_S):
        await draining

    assert stream.why is None


async def test_draining_waits_for_the_last_of_several_streams() -> None:
    streams = streams_of(2)
    with streams.opened(ALICE) as longer:
        with streams.opened(ALICE):
            draining = asyncio.ensure_future(streams.drain(3600))
            await asyncio.sleep(0)
        # Whoever drains goes on some steps after it was told to.
        await asyncio.wait({draining}, timeout=0.05)

        assert not draining.done()
        assert longer.why is None
    async with asyncio.timeout(WAIT_S):
        await draining

    assert longer.why is None


async def test_what_does_not_end_in_time_is_ended() -> None:
    streams = streams_of(2)
    with ExitStack() as stack:
        both = [open_for(streams, stack), open_for(streams, stack, chat=SECOND)]
        await streams.drain(0.01)

        assert all(isinstance(stream.why, ServerRestarting) for stream in both)


async def test_everybody_who_drains_waits_for_the_same_end() -> None:
    streams = streams_of(1)
    with streams.opened(ALICE):
        draining = [asyncio.ensure_future(streams.drain(3600)) for _ in range(2)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in draining)

    async with asyncio.timeout(WAIT_S):
        await asyncio.gather(*draining)
