"""Where in AWS a reference points to."""

from trust.secrets.reference import Reference

_PARTS = 6
"""`arn:partition:service:region:account:resource`."""


def region_of(place: Reference) -> str | None:
    """Return the region of a reference that is an ARN: it can be asked for there alone."""
    parts = place.path.split(":", _PARTS - 1)
    return parts[3] or None if len(parts) == _PARTS and parts[0] == "arn" else None
