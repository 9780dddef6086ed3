"""`python -m ocds`: packages for Lambda and AgentCore, in two stages."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ocds.arguments import WRONG_USE, parser
from ocds.cache import Cache
from ocds.errors import OcdsError
from ocds.package import Artifact, Package, Wanted, about, build, build_layer
from ocds.request import WrongUse, wanted_of
from ocds.sizes import DIRECT, MB, largest
from ocds.target import Layout


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Return the exit code."""
    given = parser().parse_args(arguments)
    environment = os.environ  # noqa: TID251 the one place
    try:
        facts = _done(given, environment)
    except WrongUse as error:
        _say(str(error))
        return WRONG_USE
    except OcdsError as error:
        _say(f"{error.code}: {error}")
        return 1
    _print(json.dumps(facts, indent=2) if given.json else "\n".join(_lines(facts)))
    return 0


def _done(given: argparse.Namespace, environment: Mapping[str, str]) -> dict[str, Any]:
    if given.command not in {"build", "publish"}:
        return _looked_up(given)
    wanted, cache = wanted_of(given, environment, _say), Cache(Path(given.cache), _say)
    return (_built if given.command == "build" else _published)(given, wanted, cache)


def _built(given: argparse.Namespace, wanted: Wanted, cache: Cache) -> dict[str, Any]:
    package = build(wanted, cache, _say)
    _tell(package)
    if given.output:
        for artifact in package.artifacts:
            path = Path(given.output) / artifact.key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(artifact.data)
            _say(f"wrote {path}")
    read = {"unseen": list(package.unseen), "without": list(package.without)}
    return {**package.manifest(), "packages": dict(package.packages), **read}


def _published(given: argparse.Namespace, wanted: Wanted, cache: Cache) -> dict[str, Any]:
    parameter = f"{given.prefix}/package/{given.name}"
    if given.dependencies:
        if wanted.target.layout is Layout.RUNTIME or not wanted.lock:
            raise WrongUse("--dependencies is for layout lambda with --requirements: else no layer")
        layer = build_layer(wanted, cache, _say)
        facts = {**about(wanted), "layer": layer.facts()}
        return _uploaded(given, [layer], f"{parameter}/layer", facts)
    package = build(wanted, cache, _say)
    _tell(package)
    return _uploaded(given, package.artifacts, parameter, package.manifest())


def _uploaded(
    given: argparse.Namespace,
    artifacts: Sequence[Artifact],
    parameter: str,
    facts: Mapping[str, object],
) -> dict[str, Any]:
    from ocds.boto3_store import Store  # only who publishes needs boto3

    store = Store(given.region)
    for artifact in artifacts:
        _say(f"uploading {artifact.key}, {len(artifact.data) / MB:.1f} MB, unless it is there")
        _say("uploaded" if store.upload(given.bucket, artifact) else "it is there")
    manifest: dict[str, Any] = {**facts, "bucket": given.bucket}
    store.write(parameter, manifest)
    _say(f"wrote {parameter}")
    return manifest


def _looked_up(given: argparse.Namespace) -> dict[str, Any]:
    from ocds.boto3_store import Store  # only who publishes needs boto3

    store = Store(given.region)
    if given.command == "show":
        return store.read(given.parameter)
    return {"parameter": given.parameter, "removed": store.forget(given.parameter)}


def _tell(package: Package) -> None:
    """Say what there is to know of a package that was built."""
    for artifact in package.artifacts:
        direct = (
            "" if len(artifact.data) <= DIRECT else "; too large for a direct upload, so by S3 only"
        )
        _say(f"{artifact.key}: {len(artifact.data) / MB:.1f} MB{direct}")
    if package.packages:
        _say(f"largest packages: {largest(package.packages)}")
    for path, reason in sorted(package.uncompiled.items()):
        _say(f"without bytecode: {path} ({reason})")
    for place in package.unseen:
        _say(
            f"{place} imports by a name made at run time: of that only what --also names is packed"
        )
    for place in package.without:
        _say(f"{place} is not in the package; its ImportError is caught")


def _lines(facts: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {value}" for name, value in facts.items()]


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _say(line: str) -> None:
    sys.stderr.write(f"ocds: {line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
