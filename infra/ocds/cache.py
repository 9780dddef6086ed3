"""What was built before, kept by what it was built of."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

Say = Callable[[str], None]
"""Tells whoever waits what is being done, a line at a time."""

_MANIFEST = "manifest.json"


class Cache:
    """A folder of builds.

    Whoever can write to it could put something into a package: what has changed since it was
    written is noticed, said, and built anew. Who changes the manifest as well is not noticed:
    against that helps a folder that only the builder can write to, and such a one is made.
    """

    def __init__(self, folder: Path, say: Say) -> None:
        self._folder = folder
        self._say = say

    def get(self, key: str) -> dict[str, bytes] | None:
        """Return the files of a build, or None, if there is none that is as it was written."""
        place = self._folder / key
        if not place.is_dir():
            return None
        try:
            hashes = json.loads((place / _MANIFEST).read_bytes())
            files = {name: (place / name).read_bytes() for name in hashes}
        except (OSError, ValueError, TypeError):
            files, hashes = {}, {"": ""}
        if {name: sha256(data).hexdigest() for name, data in files.items()} == hashes:
            return files
        self._say(f"{place} is not as it was written: it is thrown away and built anew")
        shutil.rmtree(place)
        return None

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Keep the files of a build. Who comes second with the same key leaves the first one's."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Moved into place when it is whole: a killed build leaves nothing that looks like one.
        scratch = Path(tempfile.mkdtemp(dir=self._folder, prefix="new-"))
        try:
            for name, data in files.items():
                (scratch / name).write_bytes(data)
            hashes = {name: sha256(data).hexdigest() for name, data in files.items()}
            (scratch / _MANIFEST).write_text(json.dumps(hashes), encoding="utf-8")
            scratch.rename(self._folder / key)
        except OSError:
            if not (self._folder / key).is_dir():
                raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
