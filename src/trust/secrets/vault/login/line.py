"""A file with one line, which something beside the process writes."""

import re
from pathlib import Path

from trust.secret import Secret
from trust.secrets.file import SpecialFile, regular_file
from trust.secrets.source import SecretMalformed, SecretOutage, SecretRefused

MAX_BYTES = 16 * 1024


def line_in(file: Path, form: re.Pattern[str], what: str) -> Secret:
    """Return the one line of a file. Raises SecretOutage, SecretRefused, which do not quote it.

    A second line is refused and not left out: which of two identities is ours, nobody has said.
    """
    try:
        with regular_file(file) as opened:
            content = opened.read(MAX_BYTES + 1)
    except (FileNotFoundError, PermissionError) as error:
        raise SecretRefused(f"{file}: {type(error).__name__}; is it mounted?") from None
    except SpecialFile:
        raise SecretRefused(f"{file} is no regular file") from None
    except OSError as error:
        raise SecretOutage(f"{file}: {type(error).__name__}") from None
    text = content.decode("ascii", errors="replace").removesuffix("\n")
    if len(content) > MAX_BYTES or not form.fullmatch(text):
        raise SecretMalformed(f"{file} is not one line with {what}")
    return Secret(text)
