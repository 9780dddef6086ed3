"""Configuration by environment variables: each a field, read once, all faults told together."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any


def variable(name: str, read: Callable[[str], object], default: str | None = None) -> Any:
    """Return a field that is read from the environment; without a default it has to be set.

    A default of "" makes the field None where the variable is not set.
    """
    return dataclasses.field(metadata={"name": name, "read": read, "default": default})


def values_of(
    settings: type[Any], environment: Mapping[str, str], faults: list[str]
) -> dict[str, Any]:
    """Return the fields' values; what is wrong is added to `faults`, by the variables' names."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(settings):
        if "name" not in field.metadata:
            continue
        name, default = field.metadata["name"], field.metadata["default"]
        raw = environment.get(name) or default
        if raw is None:
            faults.append(f"{name} is not set")
        elif raw == "":
            values[field.name] = None
        else:
            _read(values, faults, field, raw)
    return values


def _read(
    values: dict[str, Any], faults: list[str], field: "dataclasses.Field[Any]", raw: str
) -> None:
    try:
        values[field.name] = field.metadata["read"](raw)
    except (ValueError, OverflowError) as error:
        # The value itself is not repeated: it may be a secret in the wrong place.
        faults.append(f"{field.metadata['name']} {error}")


def contradictions_of(
    values: Mapping[str, Any], checks: Iterable[Callable[[Any], list[str]]]
) -> list[str]:
    """Return what is right by itself and wrong together; a check gets the fields by their names.

    `values` may lack what was wrong already: a check that needs it says nothing.
    """
    settings = SimpleNamespace(**values)
    faults: list[str] = []
    for check in checks:
        with suppress(AttributeError):
            faults += check(settings)
    return faults
