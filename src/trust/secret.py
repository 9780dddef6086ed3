"""A value that must not be seen: not in a log, a traceback, a dump or a pickle."""

import hmac
from typing import NoReturn, final


@final
class Secret:
    """A secret text; only `reveal` gives it away, on the line where it leaves for its owner."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret()"

    def __format__(self, _spec: str) -> str:
        # An f-string would otherwise be the easiest leak of all.
        return "Secret()"

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        # Constant time: how long a comparison takes must not tell how much of it was right.
        return isinstance(other, Secret) and hmac.compare_digest(
            _bytes_of(self._value), _bytes_of(other._value)
        )

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not pickled")

    def __getstate__(self) -> NoReturn:
        # Else it would be `object`'s, which hands out the slots to whoever serializes by it.
        raise TypeError("a Secret is not pickled")


def _bytes_of(value: str) -> bytes:
    # A variable whose bytes are no UTF-8 holds surrogates: the error would carry the secret.
    return value.encode("utf-8", "surrogatepass")
