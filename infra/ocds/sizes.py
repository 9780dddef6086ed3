"""What a package may come to: by Lambda, by AgentCore, and by our own table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ocds.errors import TooLarge
from ocds.target import Layout

MB = 1_000_000
"""The table's unit. AWS counts in MiB."""

_MIB = 1 << 20
_LAMBDA_UNPACKED: Final = 250 * _MIB
_RUNTIME_ZIPPED: Final = 250 * _MIB
_RUNTIME_UNPACKED: Final = 750 * _MIB

DIRECT: Final = 50 * _MIB
"""The largest zip that Lambda takes in a request. A larger one comes from S3, as all of ours do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Bytes of one package."""

    dependencies: int
    """Unpacked."""

    code: int
    """Unpacked."""

    zipped: int
    """The larger zip, if there are two."""

    packages: Mapping[str, int]
    """Bytes of each dependency, unpacked."""


EXPECTED: Final = {
    "authorizer/handler.py": (22, 1),
    "bff/streaming.py": (62, 3),
    "bff/lambda_handler.py": (76, 3),
}
"""Entry -> MB of dependencies and of code, unpacked, for any target: what README.md's table says.

A little above what they are: whoever goes beyond has taken in a package, and is to know it.
"""


def check(sizes: Sizes, layout: Layout, starts: list[str]) -> None:
    """Raise TooLarge, if a package is more than what runs it takes, or than the table says."""
    whole = sizes.dependencies + sizes.code
    if layout is Layout.LAMBDA:
        _within("the function with its layer", whole, _LAMBDA_UNPACKED, "Lambda unpacks", sizes)
    else:
        _within("the zip", sizes.zipped, _RUNTIME_ZIPPED, "AgentCore takes", sizes)
        _within("the package", whole, _RUNTIME_UNPACKED, "AgentCore unpacks", sizes)
    for start in starts:
        dependencies, code = EXPECTED.get(start, (0, 0))
        if code:
            table = f"infra/ocds/sizes.py expects of {start}"
            _within("the layer", sizes.dependencies, dependencies * MB, table, sizes)
            _within("the code", sizes.code, code * MB, table, sizes)


def largest(packages: Mapping[str, int], number: int = 5) -> str:
    """Return the largest packages, with their sizes in MB."""
    first = sorted(packages.items(), key=lambda item: (-item[1], item[0]))[:number]
    return ", ".join(f"{name} {size / MB:.1f} MB" for name, size in first)


def _within(what: str, size: int, limit: int, who: str, sizes: Sizes) -> None:
    if size > limit:
        raise TooLarge(
            f"{what} comes to {size / MB:.1f} MB, and {who} {limit / MB:.1f} MB. The "
            f"largest packages: {largest(sizes.packages) or 'none; it is the code itself'}. Leave "
            "one out of the lock."
        )
