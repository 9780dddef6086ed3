"""The local data plane while an answer streams, closes, or has not begun."""

import shlex
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from agentcore_client.calls import (
    HELLO,
    Wire,
    frames_of,
    fresh_session,
    invoke,
    outcome_of,
    refused,
    streamed,
    told,
    wait_for,
)


class TestStreaming:
    """Answers pass through as the agent produces them."""

    def test_each_frame_arrives_before_the_next_is_made(
        self, wire: Wire, http: httpx.Client, tmp_path: Path
    ) -> None:
        # The agent makes frame n+1 only when we have written that frame n is here: were anything
        # on the way to wait for more, nothing more would ever come.
        request = wire.request(fresh_session(), answer="handshake", folder=str(tmp_path))
        seen = []
        with streamed(http, request) as answer:
            for frame in frames_of(answer):
                seen.append(frame["frame"])
                (tmp_path / f"seen-{frame['frame']}").touch()

        assert seen == [0, 1, 2]

    def test_an_agent_that_dies_breaks_the_answer_off(
        self, gateway: Any, wire: Wire, http: httpx.Client
    ) -> None:
        session = fresh_session()

        with streamed(http, wire.request(session, answer="die")) as answer:
            assert answer.status_code == 200
            with pytest.raises(httpx.RemoteProtocolError):
                answer.read()

        assert outcome_of(gateway, session) == "broken"

    def test_stopping_the_session_breaks_the_answer_off(
        self, gateway: Any, agents: Any, wire: Wire, http: httpx.Client, tmp_path: Path
    ) -> None:
        session = fresh_session()
        request = wire.request(session, answer="work", folder=str(tmp_path))

        with streamed(http, request) as answer:
            frames_ = frames_of(answer)
            assert next(frames_) == {"working": True}
            agents.stop_runtime_session(agentRuntimeArn=HELLO, runtimeSessionId=session)
            with pytest.raises(httpx.RemoteProtocolError):
                next(frames_)

        assert outcome_of(gateway, session) == "broken"
        assert not (tmp_path / "done").exists()

    def test_a_turn_whose_client_left_is_worked_to_its_end(
        self, gateway: Any, agents: Any, wire: Wire, http: httpx.Client, tmp_path: Path
    ) -> None:
        session = fresh_session()
        request = wire.request(session, answer="work", folder=str(tmp_path))
        with streamed(http, request) as answer:
            assert next(frames_of(answer)) == {"working": True}
        wait_for(lambda: outcome_of(gateway, session) == "client_gone")

        (tmp_path / "go-on").touch()

        wait_for((tmp_path / "done").exists)
        assert told(agents, session)["turns"] == 2

    def test_a_second_turn_of_a_running_session_goes_through(
        self, agents: Any, wire: Wire, http: httpx.Client, tmp_path: Path
    ) -> None:
        session = fresh_session()
        request = wire.request(session, answer="work", folder=str(tmp_path))
        with streamed(http, request) as answer:
            frames_ = frames_of(answer)
            next(frames_)

            assert told(agents, session)["turns"] == 2

            (tmp_path / "go-on").touch()
            assert list(frames_) == [{"working": False}]


class TestClosing:
    """The other way to treat a turn whose client left, which a command-line option chooses."""

    def test_the_agent_loses_its_connection(
        self, start: Any, http: httpx.Client, tmp_path: Path
    ) -> None:
        with start("--on-client-gone", "close", "--spares", "0") as gateway:
            wire = Wire(gateway, gateway.grant("invoke", "hello", "acme"))
            session = fresh_session()
            request = wire.request(session, answer="notice", folder=str(tmp_path))
            with streamed(http, request) as answer:
                assert next(frames_of(answer)) == {"noticing": True}

            wait_for((tmp_path / "left").exists)
            assert outcome_of(gateway, session) == "client_gone"

    def test_other_answers_are_as_ever(self, start: Any) -> None:
        with start("--on-client-gone", "close", "--spares", "0") as gateway:
            client = gateway.client("bedrock-agentcore", gateway.grant("invoke", "hello", "acme"))

            assert told(client, fresh_session())["turns"] == 1
            assert refused(lambda: invoke(client, status=500)) == ("RuntimeClientError", 424)


class TestStarting:
    """Programs that do not come up, and ones that came up before they were needed."""

    @pytest.mark.parametrize(
        ("option", "within_s", "reason"),
        [
            ("--never-start", "20", "exit code 7"),
            ("--never-healthy", "1", "initialization time exceeded"),
        ],
    )
    def test_a_program_that_does_not_come_up_is_the_agents_fault(
        self, start: Any, option: str, within_s: str, reason: str
    ) -> None:
        program = str(Path(__file__).parent / "tiny_agent.py")
        command = shlex.join([sys.executable, program, option])
        with start("--spares", "0", "--start-timeout", within_s, command=command) as gateway:
            client = gateway.client("bedrock-agentcore", gateway.grant("invoke", "hello", "acme"))

            with pytest.raises(ClientError, match=reason) as error:
                invoke(client)

        assert error.value.response["Error"]["Code"] == "RuntimeClientError"

    def test_where_all_sessions_are_busy_there_is_no_room(
        self, start: Any, http: httpx.Client, tmp_path: Path
    ) -> None:
        with start("--spares", "0", "--sessions", "1") as gateway:
            grant = gateway.grant("invoke", "hello", "acme")
            client = gateway.client("bedrock-agentcore", grant)
            request = Wire(gateway, grant).request(
                fresh_session(), answer="work", folder=str(tmp_path)
            )
            with streamed(http, request) as answer:
                frames_ = frames_of(answer)
                assert next(frames_) == {"working": True}

                assert refused(lambda: invoke(client)) == ("ServiceQuotaExceededException", 402)
                (tmp_path / "go-on").touch()
                assert list(frames_) == [{"working": False}]

            assert told(client)["turns"] == 1

    def test_a_spare_serves_the_first_turn(self, start: Any) -> None:
        with start() as gateway:
            client = gateway.client("bedrock-agentcore", gateway.grant("invoke", "hello", "acme"))

            first, second = (told(client, fresh_session()) for _ in "ab")

            assert first["pid"] != second["pid"]
