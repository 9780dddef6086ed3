"""What the groups of verbs have in common: where they are added, and arguments of certain forms."""

import argparse
from collections.abc import Callable
from typing import Any, Protocol

from trust.coordinates import SlugRefused, TenantId, slug, tenant_id

Run = Callable[[argparse.Namespace], int]


class Verbs(Protocol):
    """Where a verb is added to."""

    def add_parser(self, name: str, **keywords: Any) -> argparse.ArgumentParser:
        """Add a verb and return the parser of its arguments."""
        ...


def group(verbs: Verbs, name: str, summary: str) -> Verbs:
    """Add a verb that has verbs of its own."""
    parser = verbs.add_parser(name, help=summary, description=summary)
    return parser.add_subparsers(required=True, metavar="ACTION")


def action(
    verbs: Verbs, name: str, run: Run, *, summary: str, example: str
) -> argparse.ArgumentParser:
    """Add a verb that does something; every one of them can answer as JSON."""
    parser = verbs.add_parser(
        name, help=summary, description=summary, epilog=f"example: gatehouse {example}"
    )
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.set_defaults(run=run)
    return parser


def slug_argument(raw: str) -> str:
    """Read the name of an entry. Raises ArgumentTypeError."""
    try:
        return slug(raw)
    except SlugRefused as error:
        raise argparse.ArgumentTypeError(
            f"{raw!r} is no slug: a-z, 0-9 and - inside, 1 to 63 characters"
        ) from error


def tenant_argument(raw: str) -> TenantId:
    """Read a tenant's id. Raises ArgumentTypeError."""
    return tenant_id(slug_argument(raw))
