"""Session tags: what may be passed, and how they meet the tags that are there already.

IAM User Guide: "Passing session tags in AWS STS", "Tags for IAM resources" (naming rules).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.sts.constraints import TAG_PATTERN, Constraints, is_tag_text
from devstack.aws.sts.form import Form, members

MAX_TAGS = 50
MAX_KEY_CHARS = 128
MAX_VALUE_CHARS = 256
RESERVED_PREFIX = "aws:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTags:
    """Tags passed for a new session; keys are told apart without regard to case."""

    pairs: tuple[tuple[str, str], ...] = ()
    transitive_keys: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys, as they were written."""
        return tuple(key for key, _ in self.pairs)


def tags_in(form: Form, constraints: Constraints) -> SessionTags:
    """Read `Tags` and `TransitiveTagKeys`; what is wrong with them goes to `constraints`."""
    raw_keys = members(form, "Tags", field="Key")
    raw_values = members(form, "Tags", field="Value")
    numbered = enumerate(zip(raw_keys, raw_values, strict=True), start=1)
    pairs = tuple(_pair(constraints, place, key, value) for place, (key, value) in numbered)
    transitive = tuple(key or "" for key in members(form, "TransitiveTagKeys"))
    return checked(SessionTags(pairs=pairs, transitive_keys=transitive), constraints)


def _pair(
    constraints: Constraints, place: int, key: str | None, value: str | None
) -> tuple[str, str]:
    at = f"tags.{place}.member"
    return constraints.present(key, f"{at}.key"), constraints.present(value, f"{at}.value")


def checked(tags: SessionTags, constraints: Constraints) -> SessionTags:
    """Return the tags; what is wrong with them, each for itself, goes to `constraints`."""
    constraints.count(tags.pairs, "tags", most=MAX_TAGS)
    constraints.count(tags.transitive_keys, "transitiveTagKeys", most=MAX_TAGS)
    for place, (key, value) in enumerate(tags.pairs, start=1):
        _check_key(constraints, key, f"tags.{place}.member.key")
        at = f"tags.{place}.member.value"
        constraints.length(value, at, least=0, most=MAX_VALUE_CHARS)
        constraints.pattern(value, at, fits=is_tag_text, shown=f"{TAG_PATTERN}*")
    for place, key in enumerate(tags.transitive_keys, start=1):
        _check_key(constraints, key, f"transitiveTagKeys.{place}.member")
    return tags


def _check_key(constraints: Constraints, key: str, at: str) -> None:
    constraints.length(key, at, least=1, most=MAX_KEY_CHARS)
    constraints.pattern(key, at, fits=is_tag_text, shown=f"{TAG_PATTERN}+")


def check_together(tags: SessionTags, *, inherited_keys: Iterable[str]) -> None:
    """Check tags against each other and the calling session's. Raises AwsError."""
    keys = [key.lower() for key in tags.keys]
    if len(set(keys)) != len(keys):
        _refuse("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    for text in (text for pair in tags.pairs for text in pair):
        if text.lower().startswith(RESERVED_PREFIX):
            _refuse(f"Tag keys and values must not begin with {RESERVED_PREFIX}")
    if not {key.lower() for key in tags.transitive_keys} <= set(keys):
        _refuse("The specified transitive tag key must be included in the requested tags.")
    if {key.lower() for key in inherited_keys} & set(keys):
        _refuse(
            "One of the specified transitive tag keys can't be set because it conflicts with "
            "a transitive tag key from the calling session."
        )


def _refuse(message: str) -> None:
    raise AwsError("InvalidParameterValue", 400, message)


def merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Lay tags over one another; a later one replaces an earlier one "regardless of case"."""
    result: dict[str, tuple[str, str]] = {}
    for layer in layers:
        result |= {key.lower(): (key, value) for key, value in layer.items()}
    return dict(result.values())


def inherited(tags: Mapping[str, str], transitive_keys: Iterable[str]) -> dict[str, str]:
    """Return the tags that a session passes on to the sessions chained to it."""
    wanted = {key.lower() for key in transitive_keys}
    return {key: value for key, value in tags.items() if key.lower() in wanted}
