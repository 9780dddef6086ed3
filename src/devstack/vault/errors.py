"""The one error that the local Vault answers with."""


class VaultError(Exception):
    """A refusal as Vault words it: a status and texts (API docs, "Error response")."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.status = status
        self.errors = errors


def denied() -> VaultError:
    """Return the refusal that says nothing about why, not even whether there is such a path."""
    return VaultError(403, "permission denied")


def unknown_token(text: str = "invalid token") -> VaultError:
    """Return the refusal of a token that is not, or no longer, one."""
    return VaultError(403, f"2 errors occurred:\n\t* permission denied\n\t* {text}\n\n")


def bad(text: str) -> VaultError:
    """Return the refusal of a request that cannot be carried out as it is."""
    return VaultError(400, text)


def absent() -> VaultError:
    """Return the answer for what is not there: no text at all."""
    return VaultError(404)
