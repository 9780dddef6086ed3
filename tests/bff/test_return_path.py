"""Where a login may return to."""

import pytest

from bff.login.return_path import MAX_CHARS, MAX_DECODINGS, ReturnPath, return_path
from bff.provider.errors import ReturnPathRefused


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/chats/01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "/search?q=a+b&tag=%C3%A9&next=/x",
        "/search?q=a%20b",
        "/search?q=100%25",
        "/search?q=%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB",
        "/a/b/../c",
        "/a/./b",
        "/a//b",
        "/a../b",
        "/.../b",
        "/~alice/(notes)!$&'*,;=:@",
        "/?",
        "/?next=https://app.example//a",
        "/%41",
        "/" + "x" * (MAX_CHARS - 1),
        "/%" + "25" * (MAX_DECODINGS - 1),
    ],
)
def test_a_path_of_ours_is_taken_as_it_is(path: str) -> None:
    assert return_path(path) == ReturnPath(path)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "chats",
        "?q=1",
        "#top",
        "/a#top",
        "/a b",
        "/a\n",
        "/\u00e9",
        "/a\\b",
        "/<script>",
        '/"',
        "/`",
        "/{x}",
        "/100%",
        "/%u002fevil.example",
        "/" + "x" * MAX_CHARS,
    ],
)
def test_what_is_no_plain_path_is_refused(raw: str) -> None:
    with pytest.raises(ReturnPathRefused, match="plain path"):
        return_path(raw)


@pytest.mark.parametrize(
    "raw",
    [
        "//evil.example",
        "/%2fevil.example",
        "/%25252fevil.example",
        "/a%5cb",
        "/a%0d%0aLocation:b",
        "/a%00",
        "/a%C2%85",
        "/..//evil.example",
        "/.//evil.example",
        "/%2e%2e//evil.example",
        "/..;//evil.example",
        "/a/..;a=b//evil.example",
        "/%EF%BC%8Fevil.example",
        "/a%EF%BC%BCb",
        "/%20/evil.example",
        "/%E3%80%80/evil.example",
        "/%E2%80%8B/evil.example",
        "/%E2%80%A8/evil.example",
    ],
)
def test_what_some_reader_takes_for_a_host_is_refused(raw: str) -> None:
    with pytest.raises(ReturnPathRefused, match="a host"):
        return_path(raw)


@pytest.mark.parametrize("raw", ["/%c0%afevil.example", "/%ff", "/%25c0%25af", "/%ed%a0%80"])
def test_what_decodes_to_no_text_is_refused(raw: str) -> None:
    with pytest.raises(ReturnPathRefused, match="no text"):
        return_path(raw)


def test_what_is_encoded_over_and_over_is_refused() -> None:
    with pytest.raises(ReturnPathRefused, match="over and over"):
        return_path("/%" + "25" * MAX_DECODINGS)
