"""What is written down of a turn that is over, and what is said where it could not be."""

from dataclasses import replace

import pytest

from fakes.clock import StoppedClock
from fakes.faulty_table import FaultyTable
from fakes.proxy.answer import Spoken
from fakes.resume.instance import FAST, Instance, instance
from fakes.resume.talking import end_of, number, talking, written
from proxy.errors import AgentBusy
from trust.wire.call import Broken


@pytest.mark.parametrize(
    ("fault", "told"),
    [("none", False), ("away", True), ("forgotten", True)],
)
async def test_the_log_tells_of_an_end_and_whether_it_was_written_down(
    table: FaultyTable,
    clock: StoppedClock,
    caplog: pytest.LogCaptureFixture,
    fault: str,
    told: bool,  # noqa: FBT001 a case
) -> None:
    caplog.set_level("INFO", logger="gatehouse")
    async with instance(table, clock, pace=replace(FAST, end_s=0.05)) as one:
        session, chat, upstream, visit = await talking(one)
        table.full = fault == "away"
        if fault == "forgotten":
            await one.journal.forget(session.owner, chat.id, now=clock.now())
        upstream.end()
        await visit.over()
        await written(one)

    assert "turn.recorded" in caplog.text
    assert ("turn.end_unkept" in caplog.text) is told


async def test_of_a_turn_that_never_began_nothing_is_told(
    one: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="gatehouse")
    session = await one.log_in()
    await one.ask(session, await one.chat(session), Spoken(refusal=AgentBusy("busy"))).refusal()
    await written(one)

    assert "turn.cut_short" in caplog.text
    assert "turn.recorded" not in caplog.text
    assert "turn.end_unkept" not in caplog.text


async def test_of_an_agent_that_fails_before_its_first_event_all_are_told(one: Instance) -> None:
    session, upstream = await one.log_in(), Spoken()
    visit = one.ask(session, await one.chat(session), upstream)
    await visit.until(b"retry")

    upstream.fail(Broken("torn"))
    await visit.over()

    assert (end_of(visit).json["code"], number(end_of(visit))) == ("agent_failed", 1)
