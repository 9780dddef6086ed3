"""The way to the provider's own resources: `import` and `removed` blocks."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from bridge.catalogue import KINDS
from bridge.errors import WrongUse
from bridge.record import Place, Record

_HEADER = """\
# From the bridge to hashicorp/aws >= 6.17 (policy engines, policies, evaluators and online
# evaluation came later: see its changelog). In one change: raise the provider's version, write
# each resource below in place of its call of bridge/module, and add these blocks. `terraform plan`
# has to say "import" for each, and "destroy" for none.
"""
_KEY = re.compile(r"\[[^\]]*\]")


def blocks(found: Sequence[tuple[Place, Record]], addresses: Mapping[str, str]) -> str:
    """Return the blocks, in the order given.

    `addresses` are of the modules that hold a resource, by the name of its parameter; one that is
    not there is taken to be `module.{name}`.
    """
    parts, modules = [_HEADER], list[str]()
    for place, record in found:
        if record.current is None:
            parts.append(f"# {place}: not made to its end; apply it first.\n")
            continue
        kind, label = KINDS[place.kind], _label(place.name)
        id_ = kind.import_id.format(parent=record.current.parent, id=record.current.id)
        parts.append(f"import {{\n  to = {kind.terraform}.{label}\n  id = {json.dumps(id_)}\n}}\n")
        modules.append(addresses.get(place.parameter, f"module.{label}"))
    # A module with for_each is one address for all its instances, and can be removed only once.
    parts += [
        f"removed {{\n  from = {address}\n\n  lifecycle {{\n    destroy = false\n  }}\n}}\n"
        for address in dict.fromkeys(modules)
    ]
    return "\n".join(parts)


def _label(name: str) -> str:
    label = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return label if label[0].isalpha() else f"_{label}"


def addresses_in(state: str) -> dict[str, str]:
    """Return where a state (`terraform show -json`) has which resource, by its parameter's name.

    Raises:
        WrongUse: it is no such text.

    """
    try:
        root = json.loads(state)["values"]["root_module"]
        return dict(_keepers(root))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongUse(
            "the state is not what `terraform show -json` prints: run that, and give its output"
        ) from error


def _keepers(module: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for resource in cast("list[dict[str, Any]]", module.get("resources", [])):
        if resource["type"] == "terraform_data" and resource["name"] == "keeper":
            given = resource["values"]["input"]
            place = Place(kind=given["kind"], name=given["name"], prefix=given["prefix"])
            # `removed` takes a module as a whole, without the keys of its instances.
            address = _KEY.sub("", str(module.get("address", "")))
            yield place.parameter, address or "terraform_data.keeper"
    for child in cast("list[dict[str, Any]]", module.get("child_modules", [])):
        yield from _keepers(child)
