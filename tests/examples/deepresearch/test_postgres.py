"""The way to PostgreSQL: a database user that lives as long as the turn that it was made for."""

import asyncio
import gc
import os
import re
from collections.abc import Generator
from typing import Any

import pytest
from agent_host.settings import Settings, settings_of
from deepresearch import definition, postgres
from deepresearch.library import PageMissing
from deepresearch.postgres import (
    CredentialsMalformed,
    DatabaseAway,
    Question,
    credentials_of,
    rows,
)

from agent_client.chat import grant
from agent_client.inside import inside
from agent_client.memory import gone, holders
from agent_client.reading import CORPUS, WHO, told, turn
from agent_client.s3 import running_s3
from devstack.vault.faults import Fault
from fakes.library import ACME, MOUNT, ROLE, LeasedLibrary, number_of
from fakes.postgresql import LOOPBACK

QUESTION = "How are neap tides measured?"


@pytest.fixture(scope="module")
def s3() -> Generator[str]:
    with running_s3() as fake:
        yield fake.url


def define(settings: Any) -> Any:
    return definition.deepresearch(settings)


async def test_a_turn_reads_what_is_the_tenant_s_and_its_user_goes_with_it(
    kept: LeasedLibrary,
    variables: dict[str, str],
    session: str,
    s3: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    chat = inside(define, variables, session=session, grant=grant("acme"))

    answer = await chat.say(QUESTION)
    shown = await chat.show()

    assert "measured by the acme gauge" in answer.text
    assert f"(passages:{number_of(kept.database, ACME)})" in answer.text
    assert "globex" not in str(answer.events)
    assert kept.leased == 1
    assert kept.database.leased == []
    assert kept.vault.leases == kept.vault.tokens == ()
    written = capfd.readouterr()
    said = [*map(str, answer.events), *map(str, shown.events), written.out, written.err]
    (drowssap,) = kept.server.sdrowssap
    assert not [text for text in [*said, str(os.environ)] if drowssap[::-1] in text]  # noqa: TID251 what a child would inherit


async def test_another_tenant_s_turn_reads_its_own(
    variables: dict[str, str], session: str, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)

    answer = await inside(define, variables, session=session, grant=grant("globex")).say(QUESTION)

    assert "globex pier" in answer.text
    assert "acme" not in answer.text


async def test_a_turn_that_looks_nothing_up_logs_in_nowhere(
    kept: LeasedLibrary, variables: dict[str, str], session: str
) -> None:
    chat = inside(define, variables, session=session)

    await chat.say("hello")
    # Without a data grant nobody says whose rows they would be.
    assert "gravity of the Moon" in (await chat.say("How do tides arise?")).text

    assert kept.vault.calls.all() == ()


async def test_the_user_lasts_from_the_first_question_to_the_end_of_the_turn(
    kept: LeasedLibrary, settings: Settings
) -> None:
    async with turn(settings) as passages:
        assert kept.database.leased == []
        await passages.search("neap")
        await passages.search("dues")
        (user,) = kept.database.leased
        assert re.fullmatch(r"v-.{1,8}-demo_age-[0-9A-Za-z]{20}-[0-9]{10}", user)
        assert kept.database.sessions == 1

    assert kept.database.leased == []
    assert kept.leased == 1


async def test_after_the_turn_nothing_in_the_process_holds_the_password(
    kept: LeasedLibrary, settings: Settings
) -> None:
    async with turn(settings) as passages:
        await passages.search("neap")
        (drowssap,) = kept.server.sdrowssap
        assert holders(drowssap) != []

    gc.collect()
    assert await gone(drowssap)


async def test_the_connection_is_closed_before_the_user_is_dropped(
    kept: LeasedLibrary, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_end: list[int] = []
    run = kept.server.run

    def watched(queries: Any) -> None:
        if any("DROP ROLE" in query for query in queries):
            at_the_end.append(kept.database.sessions)
        run(queries)

    monkeypatch.setattr(kept.server.__class__, "run", lambda _, queries: watched(queries))
    async with turn(settings) as passages:
        await passages.search("neap")

    assert at_the_end == [0]


async def test_a_lease_that_ends_in_mid_turn_costs_the_turn_nothing(
    kept: LeasedLibrary, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    async with turn(settings) as passages:
        before = await passages.search("neap")
        (first,) = kept.database.leased
        kept.vault.write(f"sys/leases/revoke-prefix/{MOUNT}/creds")
        assert kept.database.leased == []

        assert await passages.search("neap") == before
        (second,) = kept.database.leased

    assert second != first
    assert kept.leased == 2
    assert kept.database.leased == []
    assert not [one for one in told(capsys) if one["event"] == "database.unavailable"]


async def test_two_that_are_cut_off_at_once_get_one_user_between_them(
    kept: LeasedLibrary, settings: Settings
) -> None:
    async with turn(settings) as passages:
        await passages.search("neap")
        kept.vault.write(f"sys/leases/revoke-prefix/{MOUNT}/creds")

        found = await asyncio.gather(*(passages.search("neap") for _ in range(3)))

    assert found[0][0].title == found[1][0].title == found[2][0].title == "The harbour's gauge"
    assert kept.leased == 2


async def test_a_line_that_breaks_needs_no_other_user(
    kept: LeasedLibrary, settings: Settings
) -> None:
    async with turn(settings) as passages:
        await passages.search("neap")
        kept.database.ask(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename ~ '^v-'"
        )

        assert (await passages.search("neap"))[0].title == "The harbour's gauge"

    assert kept.leased == 1


async def test_where_others_took_their_place_the_next_question_is_asked_with_those(
    kept: LeasedLibrary, settings: Settings
) -> None:
    async with turn(settings):
        ((first,),) = await rows(WHO)
        holding = postgres._turn.get()._values
        assert holding is not None
        assert await holding.refused("database")

        ((second,),) = await rows(WHO)

        assert first != second
        assert kept.database.sessions == 1


async def test_a_user_that_is_refused_again_and_again_makes_no_more_of_them(
    kept: LeasedLibrary, settings: Settings
) -> None:
    async with turn(settings) as passages:
        for _ in range(3):
            await passages.search("neap")
            kept.vault.write(f"sys/leases/revoke-prefix/{MOUNT}/creds")

        assert await passages.search("neap") == [CORPUS]

    # The first one, and one more: after that Vault is left in peace for 30 s.
    assert kept.leased == 2


@pytest.mark.parametrize("path", ["auth/jwt/login", f"{MOUNT}/creds/"])
async def test_without_a_lease_there_is_what_the_library_has(
    kept: LeasedLibrary, settings: Settings, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.vault.faults.order(Fault(path=path, status=403, error="canary", times=0))

    async with turn(settings) as passages:
        assert await passages.search("neap") == [CORPUS]
        with pytest.raises(PageMissing, match="cannot be reached"):
            await passages.read("passages:1")

    written = capsys.readouterr().err
    assert '{"event": "database.unavailable", "error": "SecretMissing"}' in written
    assert "canary" not in written


async def test_a_database_that_is_away_costs_its_pages_alone(
    kept: LeasedLibrary, variables: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    # A port that nobody listens on.
    settings = settings_of({**variables, "DATABASE_URL": f"postgresql://{LOOPBACK}:1/library"})

    async with turn(settings) as passages:
        assert await passages.search("neap") == [CORPUS]
        assert await passages.search("neap") == [CORPUS]

    # It is not the user's fault, so there is no other one.
    assert kept.leased == 1
    written = capfd.readouterr().err
    assert '{"event": "database.unavailable", "error": "OperationalError"}' in written
    assert LOOPBACK not in written


async def test_a_question_that_takes_too_long_is_ended_and_not_asked_again(
    kept: LeasedLibrary,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[Question] = []

    async def counted(connection: Any, question: Question) -> Any:
        asked.append(question)
        return await answered(connection, question)

    answered = postgres.answered
    monkeypatch.setattr(postgres, "answered", counted)
    monkeypatch.setattr(postgres, "_OPTIONS", "-c statement_timeout=50")
    slow = Question(query=b"SELECT pg_sleep(60)", values=(), tenant=ACME)

    async with turn(settings):
        await rows(WHO)
        with pytest.raises(DatabaseAway):
            await rows(slow)

    assert asked == [WHO, slow]
    assert "QueryCanceled" in capsys.readouterr().err


async def test_a_server_that_hangs_holds_nobody_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with turn(settings) as passages:
        monkeypatch.setattr(postgres, "ASK_S", 0.0)

        assert await passages.search("neap") == [CORPUS]


async def test_after_its_turn_nobody_asks(kept: LeasedLibrary, settings: Settings) -> None:
    async with turn(settings):
        late = postgres._turn.get()

    with pytest.raises(DatabaseAway):
        await late.rows(WHO)
    with pytest.raises(DatabaseAway):
        await rows(WHO)
    assert kept.leased == 0


async def test_a_turn_that_fails_gives_its_user_back(
    kept: LeasedLibrary, settings: Settings
) -> None:
    async def failing() -> None:
        async with turn(settings) as passages:
            await passages.search("neap")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert kept.database.leased == []


async def test_who_is_cut_off_while_vault_answers_leaves_no_user_behind(
    kept: LeasedLibrary, settings: Settings
) -> None:
    kept.vault.faults.order(Fault(path=f"{MOUNT}/creds/{ROLE}", hang_s=0.2))
    async with turn(settings) as passages:
        asking = asyncio.ensure_future(passages.search("neap"))
        while not kept.vault.calls.count(f"{MOUNT}/creds/"):
            await asyncio.sleep(0.001)

    # The turn's end has waited for it, since Vault makes a user all the same.
    assert CORPUS in await asking
    assert kept.database.leased == []


@pytest.mark.parametrize(
    "text", ["canary", "[]", "{}", '{"username": "", "password": "canary"}', '{"username": "a"}']
)
def test_a_secret_of_another_form_is_not_quoted(text: str) -> None:
    with pytest.raises(CredentialsMalformed) as malformed:
        credentials_of(text)

    assert "canary" not in repr(malformed.value)
    assert malformed.value.__cause__ is None


async def test_a_secret_of_another_form_costs_the_pages_alone(
    variables: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of({**variables, "AGENT_SECRET_DATABASE": "env:READER", "READER": "canary"})

    async with turn(settings) as passages:
        assert await passages.search("neap") == [CORPUS]

    assert told(capsys) == [{"event": "database.unavailable", "error": "CredentialsMalformed"}]


def test_a_password_is_in_no_dump() -> None:
    assert "canary" not in repr(credentials_of('{"username": "a", "password": "canary"}'))
