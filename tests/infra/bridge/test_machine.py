"""The machine's own clock, randomness and processes."""

import os
import subprocess
import sys
from pathlib import Path

from bridge.machine import SystemChance, SystemClock, SystemHost


def test_time_passes_for_who_sleeps() -> None:
    clock = SystemClock()
    before = clock.now()

    clock.sleep(0.001)

    assert before < clock.now() < before + 60


def test_chance_is_what_aws_takes_for_a_client_token() -> None:
    chance = SystemChance()
    tokens = {chance.token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(33 <= len(token) <= 256 and token.isalnum() for token in tokens)
    assert all(0 <= chance.fraction() < 1 for _ in range(100))


def test_a_process_that_has_ended_is_gone_and_this_one_is_not() -> None:
    host = SystemHost()
    ended = subprocess.run(
        [sys.executable, "-S", "-c", _SAY],
        env={"PYTHONPATH": str(Path(__file__).parents[3] / "infra")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout.strip()

    assert host.is_gone(ended)
    assert not host.is_gone(host.name())


_SAY = "from bridge.machine import SystemHost; print(SystemHost().name())"


def test_an_id_that_another_process_has_now_is_gone() -> None:
    host = SystemHost()

    assert host.is_gone(host.name() + "0")


def test_of_other_machines_and_containers_nothing_is_known() -> None:
    host = SystemHost()

    for name in ("", "other", "other:pid:[1]:1:1", f":{os.getpid()}:1"):
        assert not host.is_gone(name)


def test_where_the_kernel_does_not_tell_nothing_is_known(tmp_path: Path) -> None:
    host = SystemHost(tmp_path)

    assert not host.is_gone(host.name())
