"""Vault's globs: a star is any text, everything else is itself."""

from fnmatch import fnmatchcase


def fits(text: str, glob: str) -> bool:
    """Whether a text is one of those that a glob means."""
    return fnmatchcase(text, glob.replace("[", "[[]").replace("?", "[?]"))
