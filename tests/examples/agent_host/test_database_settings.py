"""Where the database is: an address alone, and never beside a way out."""

import pytest
from agent_host.database_settings import DatabasePlace
from agent_host.settings import SettingsWrong, settings_of

SECRET = {"AGENT_SECRET_DATABASE": "vault-db:database/reader"}


@pytest.mark.parametrize(
    ("url", "place"),
    [
        (
            "postgresql://db.example:6543/library",
            DatabasePlace(host="db.example", port=6543, name="library"),
        ),
        (
            "postgres://db.example/library?sslrootcert=/etc/rds/global-bundle.pem",
            DatabasePlace(
                host="db.example",
                port=5432,
                name="library",
                authorities="/etc/rds/global-bundle.pem",
            ),
        ),
        ("postgresql://[::1]/library", DatabasePlace(host="::1", port=5432, name="library")),
    ],
)
def test_a_place_is_read(url: str, place: DatabasePlace) -> None:
    assert settings_of({**SECRET, "DATABASE_URL": url}).database == place


def test_without_one_there_is_none() -> None:
    assert settings_of(SECRET).database is None


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.0.0.1.example", False),
        ("localhost.example", False),
        ("10.0.0.1", False),
    ],
)
def test_this_machine_is_known_by_its_whole_name(host: str, is_here: bool) -> None:  # noqa: FBT001
    assert DatabasePlace(host=host, port=5432, name="library").is_here == is_here


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql://anna:canary@db.example/library", id="user-and-password"),
        pytest.param("postgresql://anna@db.example/library", id="user"),
    ],
)
def test_who_reads_is_refused_by_name_and_not_quoted(url: str) -> None:
    with pytest.raises(SettingsWrong, match="without user and password") as wrong:
        settings_of({**SECRET, "DATABASE_URL": url})

    assert "canary" not in str(wrong.value)
    assert "anna" not in str(wrong.value)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("postgresql://db.example/library?password=canary", id="password"),
        pytest.param("postgresql://db.example/library?sslmode=disable", id="no-tls"),
        pytest.param(
            "postgresql://db.example/library?sslrootcert=/a&sslmode=disable", id="no-tls-after"
        ),
        pytest.param("postgresql://db.example/library?sslrootcert=system", id="relative"),
        pytest.param("postgresql://db.example,other.example/library", id="two"),
        pytest.param("postgresql:///library?host=/run/postgresql", id="socket"),
        pytest.param("host=db.example dbname=library", id="words"),
        pytest.param("mysql://db.example/library", id="another-kind"),
        pytest.param("postgresql://db.example/library#x", id="fragment"),
        pytest.param("postgresql://db.example/\nlibrary", id="line-break"),
        pytest.param("postgresql://db.example", id="no-database"),
    ],
)
def test_whatever_else_stands_there_is_refused(url: str) -> None:
    with pytest.raises(SettingsWrong, match="DATABASE_URL: must be") as wrong:
        settings_of({**SECRET, "DATABASE_URL": url})

    assert "canary" not in str(wrong.value)


def test_it_needs_somebody_who_reads() -> None:
    with pytest.raises(SettingsWrong, match="AGENT_SECRET_DATABASE is not set"):
        settings_of({"DATABASE_URL": "postgresql://db.example/library"})


@pytest.mark.parametrize(
    ("way", "value"),
    [
        ("BROWSER_ID", "browser-1"),
        ("GATEWAY_URL", "https://gateway.example/mcp"),
        ("SEARCH_URL", "https://search.example"),
    ],
)
def test_who_reads_a_tenant_s_rows_has_no_way_out(way: str, value: str) -> None:
    environment = {
        **SECRET,
        "AGENT_SECRET_SEARCH_TOKEN": "vault-kv:secret/search#token",
        "DATABASE_URL": "postgresql://db.example/library",
        way: value,
    }

    with pytest.raises(SettingsWrong, match=f"not together with {way},"):
        settings_of(environment)
