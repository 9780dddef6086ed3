"""Calls under other loads than those that goals are about: larger bodies, more connections."""

from dataclasses import replace

from bench.effort import Bench, Load
from bench.figures import Figures
from bench.load.wrk import LoadFailed
from bench.measures.calls import measured, note
from bench.target import Target


def loads(bench: Bench) -> dict[Load, Figures]:
    """Measure all peers under each load that is wanted, one load after the other."""
    return {load: _under(load, replace(bench, figures=Figures())) for load in bench.effort.loads}


def _under(load: Load, bench: Bench) -> Figures:
    targets = bench.stage.for_calls()
    for number in range(1, bench.effort.rounds + 1):
        bench.say(f"{load.title}: round {number} of {bench.effort.rounds}")
        targets = [target for target in targets if _bears(load, bench, target)]
    return bench.figures


def _bears(load: Load, bench: Bench, target: Target) -> bool:
    try:
        note(bench, target, measured(bench, target, load, seconds=bench.effort.seconds))
    except LoadFailed as error:
        bench.figures.failed(f"{load.title}, through {target.peer.value}: {error}")
        return False
    return True
