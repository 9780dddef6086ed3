"""What a process has in its memory, as whoever is root on its machine can read it."""

import re
from pathlib import Path

_WRITABLE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw.. \S+ \S+ \S+\s*(\S*)")


def holds(pid: int, *values: bytes) -> list[bool]:
    """Tell of each value whether it stands in any memory that the process can write."""
    found = [False] * len(values)
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text(encoding="ascii").splitlines():
            region = _WRITABLE.match(line)
            if region is None or region[3].startswith("/dev"):
                continue
            start, end = int(region[1], 16), int(region[2], 16)
            try:
                memory.seek(start)
                content = memory.read(end - start)
            except OSError:
                continue  # it is gone by now, or nobody may read it
            found = [was or value in content for was, value in zip(found, values, strict=True)]
    return found
