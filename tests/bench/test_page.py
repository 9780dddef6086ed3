"""The page and the record that a run leaves behind."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench.effort import QUICK, Load
from bench.figures import Figures, Metric
from bench.goals import outcomes
from bench.options import read_options
from bench.page import Run, of_loads, page, record, write
from bench.target import Peer


def _run(figures: Figures) -> Run:
    return Run(
        figures=figures,
        outcomes=outcomes(figures),
        machine={"cores": "2"},
        effort=QUICK,
        began=datetime(2026, 11, 21, 10, 0, tzinfo=UTC),
        load_averages=(0.25, 1.75),
        loads={},
    )


def test_the_page_tells_when_where_and_how_often() -> None:
    text = page(_run(Figures()))

    assert "Measured on 2026-11-21: medians of 2 rounds" in text
    assert "load average 0.2 before, 1.8 at the end" in text
    assert "| cores | 2 |" in text


def test_every_metric_has_its_place_in_the_page() -> None:
    figures = Figures()
    for number, metric in enumerate(Metric, start=1001):
        figures.add(metric, Peer.GATEHOUSE, number)
    text = page(_run(figures))

    missing = [m for n, m in enumerate(Metric, start=1001) if f" {n:,} " not in text]
    assert missing == []


def test_what_could_not_be_measured_is_told() -> None:
    figures = Figures()
    figures.failed("calls through nginx: 3 of 4 calls were not answered well")

    assert "## Not measured\n\n- calls through nginx: 3 of 4" in page(_run(figures))
    assert "## Not measured" not in page(_run(Figures()))


def test_the_record_holds_every_value_of_every_round() -> None:
    figures = Figures()
    for value in (3.0, 1.0, 2.0):
        figures.add(Metric.HELD, Peer.GATEHOUSE, value)

    told = json.loads(json.dumps(record(_run(figures))))

    assert told["values"] == {"held": {"Gatehouse": [3.0, 1.0, 2.0]}}
    (held,) = (goal for goal in told["goals"] if goal["measured"] is not None)
    assert (held["measured"], held["least"], held["most"]) == (2.0, 1.0, 3.0)
    assert held["outcome"] == "FAIL"
    assert told["load_average"] == [0.25, 1.75]


def test_a_run_leaves_the_page_with_its_plot_and_the_record(tmp_path: Path) -> None:
    wanted = ["--docs", str(tmp_path / "docs"), "--json", str(tmp_path / "kept" / "all.json")]
    write(_run(Figures()), read_options(wanted))

    assert {file.name for file in tmp_path.rglob("*.*")} == {
        "performance.md",
        "performance.svg",
        "all.json",
    }


def test_a_part_of_a_run_leaves_the_record_alone(tmp_path: Path) -> None:
    asked = read_options(["--only", "calls", "--json", str(tmp_path / "calls.json")])
    write(_run(Figures()), asked)

    assert json.loads((tmp_path / "calls.json").read_text())["values"] == {}
    assert [file.name for file in tmp_path.rglob("*")] == ["calls.json"]


def test_other_loads_have_a_table_each_and_stand_in_the_record() -> None:
    few, many = Figures(), Figures()
    few.add(Metric.CALL_CPU_US, Peer.NGINX, 431.0)
    many.failed("calls: 2 of 3 were not answered well")
    loads = {
        Load(connections=1, posted=65_536): few,
        Load(connections=256, posted=65_536): many,
    }

    text = of_loads(loads)
    told = json.loads(json.dumps(record(replace(_run(Figures()), loads=loads))))

    assert "## 65,536 bytes posted, 1 KB back, 1 connection\n" in text
    assert "| nginx | - | 431 |" in text
    assert "256 connections\n" in text
    assert "- calls: 2 of 3" in text
    assert told["loads"] == [
        {
            "connections": 1,
            "posted_bytes": 65_536,
            "values": {"call_cpu_us": {"nginx": [431.0]}},
            "failures": [],
        },
        {
            "connections": 256,
            "posted_bytes": 65_536,
            "values": {},
            "failures": ["calls: 2 of 3 were not answered well"],
        },
    ]
