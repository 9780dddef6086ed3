"""Where a login may return to."""

import pytest

from bff.login.return_path import MAX_CHARS, ReturnPath, return_path
from bff.provider.errors import ReturnPathRefused


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/chats/01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "/search?q=a+b&tag=%C3%A9&next=/x",
        "/a/b/../c",
        "/a//b",
        "/~alice/(notes)!$&'*,;=:@",
        "/?",
        "/%41",
        "/" + "x" * (MAX_CHARS - 1),
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
        "/" + "x" * MAX_CHARS,
    ],
)
def test_what_is_no_plain_path_is_refused(raw: str) -> None:
    with pytest.raises(ReturnPathRefused):
        return_path(raw)
