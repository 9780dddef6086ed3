"""A client that says to have seen more than is written down: heard of early, or made up."""

import asyncio

import pytest

from fakes.faulty_table import FaultyTable
from fakes.proxy.events import parse
from fakes.resume.instance import Instance
from fakes.resume.talking import on_paper, talking


@pytest.mark.parametrize("where", ["same process", "other process"])
@pytest.mark.parametrize("number", [2, 3, 100])
async def test_an_id_that_a_turn_does_not_have_yet_is_refused(
    one: Instance, other: Instance, where: str, number: int
) -> None:
    session, chat, upstream, visit = await talking(one)
    (seen,) = parse(visit.body)
    await on_paper(one, session, chat)
    turn = seen.id.partition(".")[0]

    back = (one if where == "same process" else other).follow(session, chat, f"{turn}.{number}")

    assert (await back.refusal()).code == "event_id_invalid"
    assert back.browser.messages == []
    upstream.end()


async def test_who_knows_more_than_is_written_down_yet_is_waited_for(
    one: Instance, other: Instance, table: FaultyTable
) -> None:
    session, chat, upstream, visit = await talking(one)
    await on_paper(one, session, chat)
    table.held = asyncio.Event()
    upstream.say(b"data: second\n\n", b"data: third\n\n")
    await visit.until(b"third")

    back = other.follow(session, chat, parse(visit.body)[-1].id)
    looks = table.reads + 10
    while table.reads < looks:
        await asyncio.sleep(0.001)
    before = list(back.browser.messages)
    table.held.set()
    upstream.say(b"data: news\n\n")
    upstream.end()
    await back.over()

    assert before == []
    assert [event.data for event in parse(back.body)] == ["news"]
