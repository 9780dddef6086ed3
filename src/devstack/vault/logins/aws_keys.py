"""Whose access key is which: what STS knows when Vault asks it who signed."""

from dataclasses import dataclass, field

from devstack.vault.errors import bad
from devstack.vault.fields import Fields
from trust.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsKey:
    """One access key and who holds it."""

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None
    """None for a long-lived key."""
    arn: str
    """`arn:aws:sts::<account>:assumed-role/<role>/<session>` or a user's."""
    user_id: str = "AROAEXAMPLEEXAMPLE000:session"


@dataclass(slots=True, kw_only=True)
class AwsKeys:
    """The keys that are known."""

    _all: dict[str, AwsKey] = field(default_factory=dict[str, AwsKey])

    def add(self, key: AwsKey) -> None:
        """Make a key known."""
        self._all[key.access_key_id] = key

    def find(self, access_key_id: str) -> AwsKey | None:
        """Return a key, or None."""
        return self._all.get(access_key_id)


def key_from(fields: Fields) -> AwsKey:
    """Read a key from an order. Raises VaultError, FieldRefused."""
    needed = ("access_key_id", "secret_access_key", "arn")
    if missing := [name for name in needed if not fields.text(name)]:
        raise bad(f"missing: {missing}")
    session_token = fields.text("session_token")
    return AwsKey(
        access_key_id=fields.text("access_key_id"),
        secret_access_key=Secret(fields.text("secret_access_key")),
        session_token=Secret(session_token) if session_token else None,
        arn=fields.text("arn"),
    )
