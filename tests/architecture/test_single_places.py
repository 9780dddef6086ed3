"""What only one place may spell, since two would one day disagree."""

from collections.abc import Callable

import pytest

from architecture.tree import product_files, short, texts


def spells_partitions(source: str) -> bool:
    """Return whether some Python spells a partition key of the table."""
    return any(text.startswith("APP#") for _, text in texts(source))


def sets_cookies(source: str) -> bool:
    """Return whether some Python makes a Set-Cookie header."""
    names = any(text.strip().lower() == "set-cookie" for _, text in texts(source))
    return names or ".set_cookie(" in source or ".delete_cookie(" in source


Rule = Callable[[str], bool]


def _where(says: Rule) -> list[str]:
    return [short(path) for path in product_files() if says(path.read_text())]


def test_only_coordinates_spell_partition_keys() -> None:
    assert _where(spells_partitions) == ["src/trust/coordinates.py"]


def test_only_one_module_sets_cookies() -> None:
    # The second sets none: it writes those of the application where Lambda looks for them.
    assert _where(sets_cookies) == ["src/bff/cookies.py", "src/proxy/lambda_stream/prelude.py"]


@pytest.mark.parametrize(
    ("says", "source"),
    [
        (spells_partitions, 'key = f"APP#{app}"'),
        (spells_partitions, 'key = "APP#demo"'),
        (sets_cookies, 'headers.append(("Set-Cookie", value))'),
        (sets_cookies, 'headers.append((b"set-cookie", value))'),
        (sets_cookies, 'response.set_cookie("a", "b")'),
        (sets_cookies, 'response.delete_cookie("a")'),
    ],
)
def test_a_second_place_is_seen(says: Rule, source: str) -> None:
    assert says(source)


def test_a_docstring_may_explain_the_key() -> None:
    assert not spells_partitions('"""APP#{app} is the partition of the app."""')
