"""Secrets in a dictionary."""

from collections.abc import Mapping

from trust.secret import Secret
from trust.secrets.reference import Reference
from trust.secrets.source import SecretUnavailable


class KnownSecrets:
    """Knows some secrets by the path of their reference. `asked` lists what was wanted."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
        self.asked: list[Reference] = []

    async def read(self, reference: Reference) -> Secret:
        """Return the secret. Raises SecretUnavailable."""
        self.asked.append(reference)
        if reference.path not in self.secrets:
            raise SecretUnavailable(f"{reference.scheme.value}:{reference.path} is not known")
        return Secret(self.secrets[reference.path])
