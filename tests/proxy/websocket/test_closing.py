"""Close codes: what each side is told, and what it is not."""

import pytest

from proxy.browser_policy import CrossSite
from proxy.errors import (
    AgentBusy,
    AgentFailed,
    AgentTimeout,
    ServerRestarting,
    SessionRevoked,
    TurnStopped,
)
from proxy.websocket.closing import Closing, closing_for, closing_of_agent, closing_of_browser
from proxy.websocket.errors import SocketIdle
from trust.errors import TrustError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SessionRevoked("why"), 4401),
        (TurnStopped("why"), 1000),
        (ServerRestarting("why"), 1012),
        (AgentBusy("why"), 1013),
        (SocketIdle("why"), 1001),
        (AgentTimeout("why"), 1001),
        (AgentFailed("why"), 1011),
        (CrossSite("why"), 1008),
        (TrustError("why"), 1011),
    ],
)
def test_an_error_has_a_close_code_and_its_own_code_for_a_reason(
    error: TrustError, code: int
) -> None:
    closing = closing_for(error)

    assert closing == Closing(code=code, reason=error.code)
    # A control frame holds 125 bytes, two of them are the code (RFC 6455 §5.5).
    assert len(closing.reason) <= 123


@pytest.mark.parametrize("code", [1000, 1005])
def test_an_agent_that_has_said_everything_ends_normally(code: int) -> None:
    assert closing_of_agent(code) == Closing(code=1000)


@pytest.mark.parametrize("code", [3000, 3999, 4000, 4399, 4500, 4999])
def test_an_agents_own_codes_pass(code: int) -> None:
    assert closing_of_agent(code) == Closing(code=code)


@pytest.mark.parametrize("code", [4400, 4401, 4499, 1001, 1002, 1008, 1011, 1012, 2999, 5000, None])
def test_an_agent_cannot_say_what_only_we_say(code: int | None) -> None:
    assert closing_of_agent(code) == Closing(code=1011, reason="agent_failed")


def test_an_agent_that_wants_to_be_asked_later_is_busy() -> None:
    assert closing_of_agent(1013) == Closing(code=1013, reason="agent_busy")


@pytest.mark.parametrize(
    ("left", "told"),
    [(1000, 1000), (3000, 3000), (4999, 4999), (1001, 1001), (1005, 1001), (1006, 1001)],
)
def test_the_agent_is_told_what_may_stand_in_a_close_frame(left: int, told: int) -> None:
    assert closing_of_browser(left) == told


@pytest.mark.parametrize("left", [1002, 1009, 1015, 2000, 5000])
def test_the_browsers_trouble_with_us_is_no_matter_of_the_agents(left: int) -> None:
    assert closing_of_browser(left) == 1001
