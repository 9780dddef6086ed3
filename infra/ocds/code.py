"""Stage 2: the modules of ours that the entry really imports, and the files that were named."""

from collections.abc import Mapping

from ocds.entry import Entry, secret, unsafe
from ocds.errors import CompilerFailed, SourceRefused
from ocds.graph import Closure
from ocds.stage import Rules, Stage, shipped
from ocds.target import Target


def code(found: Closure, files: Mapping[str, bytes]) -> list[Entry]:
    """Return what is packed of the code. Raises SourceRefused for what looks like a secret."""
    entries = [*found.entries, *(_file(path, data) for path, data in sorted(files.items()))]
    for entry in entries:
        reason = secret(entry.path)
        if reason is not None:
            raise SourceRefused(
                f"{entry.path} is not packed: {reason}. Keep it in Secrets Manager."
            )
    return entries


def code_stage(entries: list[Entry], rules: Rules, target: Target) -> Stage:
    """Return the stage with its bytecode. Raises CompilerFailed: our own code has to compile."""
    whole, failed = shipped(entries, rules, target.unpacked_at[1])
    if failed:
        reasons = "\n".join(f"  {path}: {reason}" for path, reason in sorted(failed.items()))
        raise CompilerFailed(f"the code is not Python {target.python}:\n{reasons}")
    return Stage(entries=whole)


def _file(path: str, data: bytes) -> Entry:
    reason = unsafe(path) or secret(path, data)
    if reason is not None:
        raise SourceRefused(f"the file {path!r} is not packed: {reason}")
    return Entry(path=path, data=data, executable=data.startswith(b"#!"))
