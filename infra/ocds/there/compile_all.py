"""Compiles the modules of one zip into another: run by an interpreter of the target's version.

    python3.13 -s -S -B -m ocds.there.compile_all SOURCES.zip COMPILED.zip ROOT beside|instead

ROOT is where the sources will stand: their tracebacks name it. `beside`: into `__pycache__`;
`instead`: at the module's own place, for a package without sources. What cannot be compiled is
named, with the reason, in the member `failed.json`.
"""

import importlib.util
import json
import marshal
import sys
import zipfile

from ocds.there.marshalled import canonical

_UNCHECKED_HASH = 1
"""PEP 552: the module is valid by its hash, and nobody looks. A zip keeps no time to compare."""


def compiled(source: bytes, name: str) -> bytes:
    """Return a `.pyc`. Raises SyntaxError or ValueError (no text, or a NUL in it)."""
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    written = canonical(marshal.dumps(code), sys.version_info[:2])
    if marshal.loads(written) != code:  # noqa: S302 our own bytes
        raise RuntimeError(f"the bytecode of {name} was not kept")
    flags = _UNCHECKED_HASH.to_bytes(4, "little")
    head = importlib.util.MAGIC_NUMBER + flags + bytes(importlib.util.source_hash(source))
    return head + written


def place(path: str, where: str) -> str:
    """Return the path of a module's bytecode."""
    if where == "instead":
        return path + "c"
    folder, _, name = path.rpartition("/")
    tag = sys.implementation.cache_tag
    return f"{folder}{'/' if folder else ''}__pycache__/{name[:-3]}.{tag}.pyc"


def main(arguments: list[str]) -> None:
    """Compile all."""
    sources, out, root, where = arguments
    failed: dict[str, str] = {}
    with zipfile.ZipFile(sources) as read, zipfile.ZipFile(out, "w") as write:
        for path in read.namelist():
            try:
                write.writestr(place(path, where), compiled(read.read(path), root + path))
            except (SyntaxError, ValueError, RecursionError) as error:
                failed[path] = f"{type(error).__name__}: {error}"
        write.writestr("failed.json", json.dumps(failed))


if __name__ == "__main__":
    main(sys.argv[1:])
