"""Stage 1: the packages of the lock, for the target. No change of the code changes them."""

import json
from collections.abc import Sequence
from dataclasses import replace

from ocds.archive import unzipped, zipped
from ocds.cache import Cache, Say
from ocds.entry import Entry
from ocds.lock import Pin, normal
from ocds.pip import fetch
from ocds.stage import FORMAT, Rules, Stage, digest, shipped, source_of
from ocds.target import Target
from ocds.wheel import merged, unpacked


def dependencies(
    pins: Sequence[Pin], target: Target, rules: Rules, cache: Cache, say: Say
) -> Stage:
    """Return the stage, from the cache or anew.

    Raises ResolverFailed, WheelRefused and CompilerFailed.
    """
    key = key_of(pins, target, rules)
    known = cache.get(key)
    if known is not None:
        say(f"dependencies: {len(pins)} packages, as built before ({key[:12]})")
        facts = json.loads(known["stage.json"])
        return Stage(entries=unzipped(known["stage.zip"]), **facts)
    stage = _built(pins, target, rules, say)
    facts = {"packages": stage.packages, "uncompiled": stage.uncompiled}
    cache.put(key, {"stage.zip": zipped(stage.entries), "stage.json": json.dumps(facts).encode()})
    return stage


def key_of(pins: Sequence[Pin], target: Target, rules: Rules) -> str:
    """Return what the stage's contents depend on, as a hash: of the lock not comments nor order."""
    said = [
        FORMAT,
        [pin.line for pin in pins],
        [target.python, target.platforms, target.dependencies_root, target.unpacked_at[0]],
        [rules.compiler.version if rules.compiler else "", rules.sources],
    ]
    return digest(json.dumps(said).encode())


def _built(pins: Sequence[Pin], target: Target, rules: Rules, say: Say) -> Stage:
    say(f"dependencies: fetching {len(pins)} packages for {target.machine}, Python {target.python}")
    wheels = [(name, unpacked(name, wheel)) for name, wheel in fetch(pins, target)]
    entries = [_below(target.dependencies_root, entry) for entry in merged(wheels)]
    if rules.compiler:
        say(f"dependencies: compiling {sum(e.path.endswith('.py') for e in entries)} modules")
    whole, uncompiled = shipped(entries, rules, target.unpacked_at[0])
    return Stage(entries=whole, packages=_sizes(wheels, whole, target), uncompiled=uncompiled)


def _below(root: str, entry: Entry) -> Entry:
    return replace(entry, path=root + entry.path)


def _sizes(
    wheels: list[tuple[str, list[Entry]]], whole: list[Entry], target: Target
) -> dict[str, int]:
    brought_by = {
        target.dependencies_root + entry.path: normal(name.partition("-")[0])
        for name, entries in wheels
        for entry in entries
    }
    sizes = dict.fromkeys(sorted(brought_by.values()), 0)
    for entry in whole:
        sizes[brought_by[source_of(entry.path)]] += len(entry.data)
    return sizes
