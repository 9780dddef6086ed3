"""A name server that a test answers for: each name may mean something new every time."""

import socket
from collections.abc import Sequence
from typing import Any

import pytest


class Names:
    """Answers `socket.getaddrinfo`; names that nobody told it of are their own address."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._answers: dict[str, list[Sequence[str]]] = {}
        self.asked: list[str] = []
        monkeypatch.setattr(socket, "getaddrinfo", self._found)

    def lead(self, name: str, *answers: Sequence[str]) -> None:
        """Answer for a name: one look-up after the other, the last answer for good."""
        self._answers[name] = list(answers)

    def _found(self, host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else str(host)
        self.asked.append(name)
        answers = self._answers.get(name, [[name]])
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in addresses
        ]
