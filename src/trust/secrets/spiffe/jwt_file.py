"""A JWT-SVID that something beside the process writes to a file: spiffe-helper, Vault Agent."""

import asyncio
import os
import stat
from pathlib import Path

from trust.secret import Secret
from trust.secrets.file import SpecialFile, regular_file
from trust.secrets.source import SecretOutage, SecretRefused
from trust.secrets.spiffe.identity import LONGEST_CHARS

_ANYBODY_WRITES = stat.S_IWOTH


class JwtFile:
    """Reads the file whenever another identity is due; it is for one audience."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def token(self, audience: str) -> Secret:
        """Return what stands in the file. Raises SecretOutage, SecretRefused."""
        del audience
        return Secret(await asyncio.to_thread(self._read))

    async def close(self) -> None:
        """Nothing is open."""

    def _read(self) -> str:
        try:
            with regular_file(self._target(), flags=os.O_NOFOLLOW) as file:
                self._look_at(os.fstat(file.fileno()))
                # One more than there may be: /proc and others say that a file of theirs is empty.
                raw = file.read(LONGEST_CHARS + 1)
        except SpecialFile:
            raise SecretRefused(f"{self._path} is no regular file") from None
        except (OSError, RuntimeError) as error:
            # Not there yet, or just being replaced: whoever writes it will be back. Links in a
            # circle are a RuntimeError before Python 3.13.
            raise SecretOutage(f"{self._path}: {type(error).__name__}") from None
        if len(raw) > LONGEST_CHARS:
            raise SecretRefused(f"{self._path} is too long for a JWT-SVID")
        return raw.decode("ascii", errors="replace").strip()

    def _target(self) -> Path:
        # Links within its folder are how Kubernetes replaces files. One that leads out of it would
        # have us read, and perhaps send, what another program's file says.
        target = self._path.resolve(strict=True)
        if not target.is_relative_to(self._path.parent.resolve()):
            raise SecretRefused(f"{self._path} is a link that leads out of its folder")
        return target

    def _look_at(self, found: os.stat_result) -> None:
        if found.st_mode & _ANYBODY_WRITES:
            raise SecretRefused(f"{self._path} can be written by anybody: chmod o-w")
