"""The program that makes wrk post."""

from bench.load.post import BODY_BYTES, body
from bench.load.wrk import script
from bench.target import Peer, Target


def test_the_message_has_one_kilobyte_whatever_is_ordered() -> None:
    assert len(body()) == len(body(events=5, every_ms=20)) == BODY_BYTES == 1024


def test_what_lua_would_read_is_escaped() -> None:
    target = Target(
        peer=Peer.NODE, url="http://127.0.0.1", program=None, headers={"Cookie": 'a="\\b"'}
    )

    lines = script(target, b'{"x": "line\\n"}').splitlines()

    assert lines[0] == 'wrk.method = "POST"'
    assert lines[1] == r'wrk.body = "{\"x\": \"line\\n\"}"'
    assert lines[2] == r'wrk.headers["Cookie"] = "a=\"\\b\""'
