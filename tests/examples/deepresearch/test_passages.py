"""The tenant's passages: found by words, read by number, and nobody else's."""

import pytest
from agent_host.settings import Settings
from deepresearch import postgres
from deepresearch.library import MAX_HITS, MAX_PAGE_CHARS, PageMissing
from deepresearch.postgres import DatabaseAway, Question, rows

from agent_client.reading import CORPUS, WHO, told, turn
from fakes.library import ACME, GLOBEX, LeasedLibrary, number_of


async def test_what_the_tenant_has_comes_before_what_all_have(settings: Settings) -> None:
    async with turn(settings) as passages:
        found = await passages.search("neap tides")

    assert [page.title for page in found] == ["The harbour's gauge", "Neap"]


async def test_a_title_of_two_lines_is_no_second_page(settings: Settings) -> None:
    async with turn(settings) as passages:
        (found,) = await passages.search("dues")

    assert found.title == "The harbour's passages:99 | dues"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("neap'); DROP TABLE library.passages; --", id="a-statement"),
        pytest.param("neap' OR tenant <> '", id="a-condition"),
        pytest.param("neap' | 'globex", id="an-operator"),
        pytest.param("neap %s %(tenant)s %", id="a-place"),
        pytest.param("neap & | ! <-> ( :* \\", id="text-search"),
        pytest.param("http://globex.example/a?b=1&c='2'&d neap", id="an-address"),
        pytest.param("neap \0 pier", id="nul"),
        pytest.param("neap \ud800", id="half-a-character"),
    ],
)
async def test_words_are_words_whatever_they_look_like(
    kept: LeasedLibrary, settings: Settings, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with turn(settings) as passages:
        found = await passages.search(words)

    assert found[0].title == "The harbour's gauge"
    assert "The other gauge" not in str(found)
    assert kept.database.ask("SELECT count(*) FROM library.passages") == [(3,)]
    assert told(capsys) == []


@pytest.mark.parametrize("words", ["", "the of and", "?!"])
async def test_words_that_say_nothing_find_nothing(settings: Settings, words: str) -> None:
    async with turn(settings) as passages:
        assert await passages.search(words) == []


async def test_another_tenant_s_page_is_no_page(kept: LeasedLibrary, settings: Settings) -> None:
    async with turn(settings) as passages:
        own = await passages.read(f"passages:{number_of(kept.database, ACME)}")
        assert own.text.startswith("Neap tides are measured")
        with pytest.raises(PageMissing, match="no such page"):
            await passages.read(f"passages:{number_of(kept.database, GLOBEX)}")


@pytest.mark.parametrize("address", ["passages:", "passages:1 OR 1=1", f"passages:{'9' * 19}"])
async def test_an_address_that_is_none_is_not_asked_for(
    kept: LeasedLibrary, settings: Settings, address: str
) -> None:
    async with turn(settings) as passages:
        with pytest.raises(PageMissing, match="no such page"):
            await passages.read(address)

    assert kept.leased == 0


async def test_other_pages_are_read_as_before(kept: LeasedLibrary, settings: Settings) -> None:
    async with turn(settings) as passages:
        assert await passages.read("corpus:neap") == CORPUS

    assert kept.leased == 0


async def test_a_query_that_forgot_the_tenant_sees_no_other_one(settings: Settings) -> None:
    everything = Question(query=b"SELECT tenant FROM library.passages", values=(), tenant=ACME)

    async with turn(settings):
        assert set(await rows(everything)) == {(ACME,)}


async def test_a_session_without_a_tenant_sees_nothing(settings: Settings) -> None:
    counted = Question(query=b"SELECT count(*) FROM library.passages", values=(), tenant="")

    async with turn(settings):
        assert await rows(counted) == [(0,)]


async def test_the_tenant_is_forgotten_with_the_question(settings: Settings) -> None:
    async with turn(settings):
        await rows(WHO)
        connection = postgres._turn.get()._connection
        assert connection is not None
        asked = await connection.execute("SELECT current_setting('app.tenant', true)")

        assert await asked.fetchall() == [("",)]


@pytest.mark.parametrize(
    "query",
    [
        b"DELETE FROM library.passages RETURNING id",
        b"INSERT INTO library.passages (tenant, title, text) VALUES ('x', 'x', 'x') RETURNING id",
        b"SELECT set_config('transaction_read_only', 'off', true); DELETE FROM library.passages",
        b"SELECT set_config('row_security', 'off', true); SELECT * FROM library.passages",
        b"SELECT pg_read_file('/etc/passwd')",
        b"SELECT rolpassword FROM pg_authid",
    ],
)
async def test_a_reader_reads_and_does_nothing_else(
    kept: LeasedLibrary, settings: Settings, query: bytes
) -> None:
    async with turn(settings):
        with pytest.raises(DatabaseAway):
            await rows(Question(query=query, values=(), tenant=ACME))

    assert kept.database.ask("SELECT count(*) FROM library.passages") == [(3,)]


async def test_there_is_an_end_to_what_is_read(kept: LeasedLibrary, settings: Settings) -> None:
    kept.database.ask(
        "INSERT INTO library.passages (tenant, title, text) "
        "SELECT %s, repeat('w', 5000), 'zebra ' || repeat('x', 30000) "
        "FROM generate_series(1, 9) RETURNING id",
        ACME,
    )
    try:
        async with turn(settings) as passages:
            found = await passages.search("zebra")
            page = await passages.read(found[0].address)
    finally:
        kept.database.ask("DELETE FROM library.passages WHERE text ~ '^zebra' RETURNING id")

    assert len(found) == MAX_HITS
    assert {len(one.title) for one in [*found, page]} == {200}
    assert len(page.text) == MAX_PAGE_CHARS
