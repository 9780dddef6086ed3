"""When a step of the set-up runs, and when it does not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devstack.setup.step import Stamps, Step, digest_of, due, tree


@dataclass
class Bench:
    """Two steps: what `first` makes goes into `second`."""

    folder: Path
    ran: list[str] = field(default_factory=list[str])

    def steps(self) -> list[Step]:
        first = self._step("first", self.folder / "a.lock")
        return [first, self._step("second", self.folder / "b.lock", after=("first",))]

    def start(self) -> list[str]:
        self.ran.clear()
        stamps = Stamps(self.folder / "stamps")
        for step, digest in due(self.steps(), stamps):
            step.make()
            stamps.put(step, digest)
        return list(self.ran)

    def _step(self, name: str, lock: Path, after: tuple[str, ...] = ()) -> Step:
        def make() -> None:
            self.ran.append(name)
            (self.folder / name).touch()

        return Step(
            name=name,
            inputs=lambda: digest_of(files=[lock]),
            ready=(self.folder / name).exists,
            make=make,
            after=after,
        )


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "a.lock").write_text("a 1")
    (tmp_path / "b.lock").write_text("b 1")
    return Bench(tmp_path)


def test_the_first_start_does_everything_and_the_second_nothing(bench: Bench) -> None:
    assert bench.start() == ["first", "second"]
    assert bench.start() == []


def test_a_changed_input_runs_its_step_and_what_builds_on_it(bench: Bench) -> None:
    bench.start()
    (bench.folder / "a.lock").write_text("a 2")

    assert bench.start() == ["first", "second"]


def test_a_changed_input_leaves_the_steps_before_it_alone(bench: Bench) -> None:
    bench.start()
    (bench.folder / "b.lock").write_text("b 2")

    assert bench.start() == ["second"]


def test_a_result_that_somebody_deleted_is_made_again(bench: Bench) -> None:
    bench.start()
    (bench.folder / "second").unlink()

    assert bench.start() == ["second"]


def test_an_input_changed_back_is_a_change_too(bench: Bench) -> None:
    bench.start()
    (bench.folder / "b.lock").write_text("b 2")
    bench.start()
    (bench.folder / "b.lock").write_text("b 1")

    assert bench.start() == ["second"]


def test_a_step_that_failed_and_all_behind_it_run_again(bench: Bench) -> None:
    bench.start()
    (bench.folder / "a.lock").write_text("a 2")
    for step, _ in due(bench.steps(), Stamps(bench.folder / "stamps")):
        assert step.name == "first"
        break  # it was started and never came to its end

    assert bench.start() == ["first", "second"]


def test_an_input_edited_while_its_step_runs_makes_it_run_again(bench: Bench) -> None:
    stamps = Stamps(bench.folder / "stamps")
    for step, digest in due(bench.steps(), stamps):
        step.make()
        if step.name == "second":
            (bench.folder / "b.lock").write_text("edited meanwhile")
        stamps.put(step, digest)

    assert bench.start() == ["second"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda folder: (folder / "a").write_text("other"), id="content"),
        pytest.param(lambda folder: (folder / "a").rename(folder / "c"), id="name"),
        pytest.param(lambda folder: (folder / "new").touch(), id="new empty file"),
        pytest.param(lambda folder: (folder / "b").unlink(), id="file gone"),
    ],
)
def test_the_digest_of_a_tree_tells(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    before = digest_of(files=tree(tmp_path, without=frozenset()))
    change(tmp_path)

    assert digest_of(files=tree(tmp_path, without=frozenset())) != before


def test_what_set_up_makes_itself_is_no_input(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    before = digest_of(files=tree(tmp_path, without=frozenset({"dist"})))
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "index.html").touch()

    assert digest_of(files=tree(tmp_path, without=frozenset({"dist"}))) == before


def test_two_facts_are_not_one(tmp_path: Path) -> None:
    assert digest_of("ab", "c") != digest_of("a", "bc")
    assert digest_of("x") != digest_of("x", files=[tmp_path / "absent"])
