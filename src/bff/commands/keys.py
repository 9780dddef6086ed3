"""`gatehouse keys`: the session keyring, and the public half of the client's key."""

import argparse
import secrets
import sys
from pathlib import Path

from bff.commands.output import WRONG_USE, say
from bff.commands.public_keys import print_public
from bff.commands.verbs import Verbs
from trust.seal.keyring import KeyringMalformed, new_keyring, parse_keyring, rotated


def add_keys(verbs: Verbs) -> None:
    """Add the verbs."""
    keys = verbs.add_parser("keys", help="the session keyring, and the client's public key")
    actions = keys.add_subparsers(required=True, metavar="ACTION")
    new = actions.add_parser(
        "new",
        help="print a new keyring",
        epilog="example: gatehouse keys new > session-keys.json",
    )
    new.set_defaults(run=_new)
    rotate = actions.add_parser(
        "rotate",
        help="put a new sealing key in front; nobody is logged out",
        epilog="example: gatehouse keys rotate session-keys.json",
    )
    rotate.add_argument("file", type=Path, help="the keyring's file, which is rewritten")
    rotate.set_defaults(run=_rotate)
    public = actions.add_parser(
        "public",
        help="print the public key of BFF_OIDC_CLIENT_KEY, as a key set, for the provider",
        epilog="example: gatehouse keys public > jwks.json",
    )
    public.set_defaults(run=print_public)


def _new(_: argparse.Namespace) -> int:
    sys.stdout.write(new_keyring(secrets.token_bytes))
    return 0


def _rotate(chosen: argparse.Namespace) -> int:
    try:
        text = rotated(chosen.file.read_text(encoding="utf-8"), secrets.token_bytes)
    except (OSError, KeyringMalformed) as error:
        say(f"{chosen.file}: {error}")
        return WRONG_USE
    # Written beside and moved over: a crash in between leaves the old keyring whole.
    beside = chosen.file.with_suffix(".new")
    beside.touch(mode=0o600)
    beside.write_text(text, encoding="utf-8")
    beside.replace(chosen.file)
    say(f"{chosen.file}: sealing with key {parse_keyring(text).current} from now on")
    return 0
