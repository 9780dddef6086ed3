"""Memory: strategies go in by type, come out by id, and are changed one by one.

Every strategy holds the records that it made of the events: taking one away, or making it another
type, loses them.
"""

from typing import Any

from bridge.ports import Members

_TYPES = {
    "semanticMemoryStrategy": "SEMANTIC",
    "summaryMemoryStrategy": "SUMMARIZATION",
    "userPreferenceMemoryStrategy": "USER_PREFERENCE",
    "customMemoryStrategy": "CUSTOM",
    "episodicMemoryStrategy": "EPISODIC",
}
_STAGES = ("extraction", "consolidation", "reflection")
# Of a strategy, what ModifyMemoryStrategyInput takes under Create's own names.
_MODIFIED = ("description", "memoryRecordSchema", "namespaces", "namespaceTemplates")


def memory_view(name: str, value: Any) -> Members:
    """Return what GetMemory should say for a member of CreateMemory."""
    if name != "memoryStrategies":
        return {name: value}
    return {"strategies": [strategy_view(entry) for entry in value]}


def strategy_view(entry: Members) -> Members:
    """Return how Get shows one strategy of Create, without the id that it has got since."""
    ((type_, strategy),) = entry.items()
    view = {member: strategy[member] for member in ("name", *_MODIFIED) if member in strategy}
    view["type"] = _TYPES.get(type_, type_)
    configuration = _configuration(strategy)
    if configuration:
        view["configuration"] = configuration
    expiry = strategy.get("recordExpirySpecification", {})
    if "recordExpiryDurationDays" in expiry:
        view["recordExpiryDurationDays"] = expiry["recordExpiryDurationDays"]
    return view


def memory_request(desired: Members, changes: frozenset[str], got: Members) -> Members:
    """Return the members of UpdateMemory that bring about the changes."""
    request = {name: desired[name] for name in changes if name in desired}
    if "memoryStrategies" in changes:
        strategies = _strategy_changes(request.pop("memoryStrategies", []), got)
        if strategies:
            request["memoryStrategies"] = strategies
    if "indexedKeys" in request:
        there = [key["key"] for key in got.get("indexedKeys", [])]
        added = [key for key in request.pop("indexedKeys") if key["key"] not in there]
        if added:
            request["addIndexedKeys"] = added
    return request


def lost_by_update(desired: Members, got: Members) -> str:
    """Return which strategies' records an update would lose; "" for none."""
    kept = {_key(strategy_view(entry)) for entry in desired.get("memoryStrategies", [])}
    lost = [view["name"] for view in got.get("strategies", []) if _key(view) not in kept]
    return "the records of the strategies " + ", ".join(sorted(lost)) if lost else ""


def _key(view: Members) -> tuple[str, str]:
    return view["name"], view["type"]


def _strategy_changes(wanted: list[Members], got: Members) -> Members:
    there = {_key(view): view for view in got.get("strategies", [])}
    views = {_key(strategy_view(entry)): entry for entry in wanted}
    changes = {
        "addMemoryStrategies": [entry for key, entry in views.items() if key not in there],
        "modifyMemoryStrategies": [
            _modified(entry, there[key]["strategyId"])
            for key, entry in views.items()
            if key in there and not _is_shown(strategy_view(entry), there[key])
        ],
        "deleteMemoryStrategies": [
            {"memoryStrategyId": view["strategyId"]}
            for key, view in there.items()
            if key not in views
        ],
    }
    return {member: entries for member, entries in changes.items() if entries}


def _is_shown(view: Members, got: Members) -> bool:
    return all(got.get(member) == value for member, value in view.items())


def _modified(entry: Members, id_: str) -> Members:
    ((_, strategy),) = entry.items()
    request = {member: strategy[member] for member in _MODIFIED if member in strategy}
    configuration = _configuration(strategy)
    configuration.pop("type", None)
    if configuration:
        request["configuration"] = configuration
    if "recordExpirySpecification" in strategy:
        request["recordExpirySpecification"] = strategy["recordExpirySpecification"]
    return request | {"memoryStrategyId": id_}


def _configuration(strategy: Members) -> Members:
    """Return the configuration as Get shows it and as Modify wants it: by stage, then by type."""
    if "reflectionConfiguration" in strategy:
        episodic = strategy["reflectionConfiguration"]
        return {"reflection": {"episodicReflectionConfiguration": episodic}}
    configuration: Members = {}
    for override, stages in strategy.get("configuration", {}).items():
        if override == "selfManagedConfiguration":
            return {"selfManagedConfiguration": stages}
        for stage in _STAGES:
            if stage in stages:
                word = stage.capitalize()
                inner = override.removesuffix("Override") + word + "Override"
                configuration[stage] = {f"custom{word}Configuration": {inner: stages[stage]}}
    return configuration
