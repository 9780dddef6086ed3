"""The most specific path: the five criteria, listings, and targets that are no paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devstack.vault.policy.paths import Pattern, chosen, requested


@pytest.mark.parametrize(
    ("text", "path", "matches"),
    [
        ("secret/foo", "secret/foo", True),
        ("secret/foo", "secret/food", False),
        ("secret/foo", "secret/foo/bar", False),
        ("secret/foo", "Secret/foo", False),
        ("secret/foo", "secret/foo/", False),
        ("secret/bar/*", "secret/bar/zip/zap", True),
        ("secret/bar/*", "secret/bars/zip", False),
        ("secret/bar/*", "secret/bar", False),
        ("secret/zip-*", "secret/zip-zap/zong", True),
        ("secret/zip-*", "secret/zip/zap", False),
        ("secret/+/teamb", "secret/x/teamb", True),
        ("secret/+/teamb", "secret/x/y/teamb", False),
        ("secret/+/teamb", "secret/teamb", False),
        ("secret/+/+/teamb", "secret/x/y/teamb", True),
        ("secret/+", "secret/x", True),
        ("secret/+", "secret/x/", False),
        ("secret/+/te*", "secret/x/teamb/deeper", True),
        ("secret/+/te*", "secret/x/y/teamb", False),
        ("secret/+/*", "secret/x/anything/at/all", True),
        ("secret/+/*", "secret/x", False),
        ("+/x", "a/x", True),
        ("+", "a", True),
        ("+", "a/b", False),
        ("a+b/c", "a+b/c", True),
        ("a+b/c", "axb/c", False),
        ("a/*/c", "a/b/c", False),
        ("a/*/c", "a/*/c", True),
        ("*", "anything", True),
    ],
)
def test_which_paths_a_pattern_means(text: str, path: str, *, matches: bool) -> None:
    assert Pattern(text=text).matches(path) is matches


@pytest.mark.parametrize(
    ("weaker", "stronger", "path"),
    [
        pytest.param("secret/*", "secret/foo", "secret/foo", id="exact before all"),
        pytest.param("secret/*", "secret/foo*", "secret/foobar", id="longest prefix"),
        pytest.param("foo/+", "foo/a*", "foo/ab", id="1: the wildcard comes later"),
        pytest.param("foo/+/bar/baz", "foo/bar/+/baz", "foo/bar/bar/baz", id="1: plus comes later"),
        pytest.param("foo/+/ba*", "foo/+/bar", "foo/x/bar", id="2: no star at the end"),
        pytest.param("foo/*", "foo/+", "foo/x", id="2: plus before star"),
        pytest.param("foo/+/+/baz", "foo/+/x/baz", "foo/y/x/baz", id="3: fewer plus"),
        pytest.param("secret/+/+/foo/*", "secret/*", "secret/a/b/foo/c", id="3: as documented"),
        pytest.param("foo/+/bar/b*", "foo/+/bar/ba*", "foo/x/bar/baz", id="4: longer"),
        pytest.param("a/+/+/c/d", "a/+/b/+/d", "a/x/b/c/d", id="5: greater as text"),
    ],
)
def test_of_two_that_match_one_is_for_the_path(weaker: str, stronger: str, path: str) -> None:
    both = [Pattern(text=weaker), Pattern(text=stronger)]
    assert all(pattern.matches(path) for pattern in both)

    for order in (both, both[::-1]):
        found = chosen(order, path, listing=False)

        assert found == Pattern(text=stronger)


def test_a_listing_is_served_by_the_path_with_the_slash_first() -> None:
    exact, slashed = Pattern(text="kv/metadata/a"), Pattern(text="kv/metadata/a/")
    star = Pattern(text="kv/metadata/a/*")

    def listed(*patterns: Pattern) -> Pattern | None:
        return chosen(patterns, "kv/metadata/a/", listing=True)

    assert listed(exact, slashed, star) == slashed
    assert listed(exact, star) == exact
    assert listed(star) == star
    assert listed(Pattern(text="kv/metadata/+")) == Pattern(text="kv/metadata/+")
    assert listed(Pattern(text="kv/metadata/b")) is None
    assert chosen([exact], "kv/metadata/a/", listing=False) is None


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("kv/data/mine/../theirs", id="up"),
        pytest.param("kv/data/mine/%2e%2e/theirs", id="up, encoded"),
        pytest.param("kv/data/mine/%2E./theirs", id="up, half encoded"),
        pytest.param("kv/data/./mine", id="here"),
        pytest.param("kv/data//mine", id="empty part"),
        pytest.param("kv/data/%2Fmine", id="empty part, encoded"),
        pytest.param("/kv/data/mine", id="leading slash"),
        pytest.param("kv/data/mine//", id="two at the end"),
        pytest.param("kv/data/a%00b", id="nul"),
        pytest.param("kv/data/a%0ab", id="line"),
        pytest.param("kv/data/a\\b", id="backslash"),
        pytest.param("kv/data/%ff", id="no UTF-8"),
        pytest.param("kv/data/\N{FULLWIDTH LATIN SMALL LETTER A}", id="looks like ASCII"),
        pytest.param("", id="nothing"),
        pytest.param("/", id="the root"),
    ],
)
def test_a_hostile_target_is_no_path(target: str) -> None:
    assert requested(target) is None


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("kv/data/mine?version=2", "kv/data/mine"),
        ("kv/data/mine/", "kv/data/mine/"),
        ("kv/data/a%2Fb", "kv/data/a/b"),
        # Decoded once: what comes out is a name with a percent sign in it.
        ("kv/data/%252e%252e/x", "kv/data/%2e%2e/x"),
        ("kv/data/..a", "kv/data/..a"),
    ],
)
def test_a_target_is_decoded_once(target: str, path: str) -> None:
    assert requested(target) == path


_PARTS = st.sampled_from(["a", "b", "ab", "+"])
_PATTERNS = st.builds(
    lambda parts, end: Pattern(text="/".join(parts) + end),
    st.lists(_PARTS, min_size=1, max_size=4),
    st.sampled_from(["", "/*", "/a*"]),
)
_PATHS = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=5).map("/".join)


@given(patterns=st.lists(_PATTERNS, max_size=8), path=_PATHS)
def test_the_choice_does_not_depend_on_the_order(patterns: list[Pattern], path: str) -> None:
    found = chosen(patterns, path, listing=False)

    assert chosen(reversed(patterns), path, listing=False) == found
    assert (found is None) == (not any(pattern.matches(path) for pattern in patterns))
    assert found is None or found.matches(path)


@given(patterns=st.lists(_PATTERNS, min_size=1, max_size=8), path=_PATHS)
def test_nothing_is_before_an_exact_path(patterns: list[Pattern], path: str) -> None:
    exact = Pattern(text=path)

    assert chosen([*patterns, exact], path, listing=False) == exact
