"""What the login's operations take, for the OpenAPI document: the forms that the code reads.

To FastAPI they are text: each is parsed where it is used, so that a refusal is the login's own.
Here the forms are said once more, in JSON Schema's words; tests/bff/test_openapi.py compares.
"""

from typing import Any, Final

from bff.login.flow import MAX_CODE_CHARS, PROMPTS
from bff.login.return_path import MAX_CHARS
from bff.login.step_up import MOST_ACR_VALUES

Documented = dict[str, Any]

SLUG: Final = "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
"""A tenant's or an agent's name (`trust.coordinates`)."""

_HEX = "[0-9A-Fa-f]"
_MORE = f"%[89ABab]{_HEX}"
_SLASH = "(?:/|%2[Ff])"
# What cannot be seen is somewhere in these, besides much that can be.
_BLANKS = f"(?:%20|%[Ee][123](?:{_MORE}){{2}})*"
_DOTS = rf"{_BLANKS}(?:(?:\.|%2[Ee]){_BLANKS}){{1,2}}(?:(?:;|%3[Bb])[^/]*)?"
_CHAR = (
    "[A-Za-z0-9._~!$&'()*+,;=:@/?-]"
    f"|%(?:2[0-46-9A-Fa-f]|[346]{_HEX}|5[0-9ABD-Fabd-f]|7[0-9A-Ea-e]|25(?!{_HEX}|%))"
    f"|%(?:[Cc][3-9A-Fa-f]{_MORE}|[Ee][1-9A-Ca-c](?:{_MORE}){{2}})"
    f"|%[Ff]0%[9ABab]{_HEX}(?:{_MORE}){{2}}"
)
RETURN_PATH: Final = (
    f"^/(?!{_BLANKS}{_SLASH})(?!(?:.*{_SLASH})?{_DOTS}{_SLASH}{_BLANKS}{_SLASH})(?:{_CHAR})*$"
)
"""Whatever is of this form, `bff.login.return_path` takes; what it takes besides is odd."""

_ACR = "[A-Za-z0-9._:/+-]{1,128}"


def _query(name: str, schema: Documented, about: str, *, required: bool = False) -> Documented:
    return {
        "name": name,
        "in": "query",
        "required": required,
        "description": about,
        "schema": schema,
    }


_RETURN_TO = _query(
    "return_to",
    {"type": "string", "default": "/", "maxLength": MAX_CHARS, "pattern": RETURN_PATH},
    "The path of this application to go to when it is done; nothing that another reader could"
    " take for a host, however often it is decoded.",
)
_PROVIDER = {
    "name": "provider",
    "in": "path",
    "required": True,
    "description": "The provider, by its name in the registry.",
    "schema": {"type": "string", "pattern": SLUG},
}
_ANSWER = [
    _query("state", {"type": "string", "minLength": 1}, "Names the login.", required=True),
    _query("code", {"type": "string", "maxLength": MAX_CODE_CHARS}, "The provider's yes."),
    _query("error", {"type": "string"}, "The provider's no (RFC 6749 §4.1.2.1)."),
    _query("iss", {"type": "string"}, "Who answers (RFC 9207 §2)."),
]

PARAMETERS: Final[dict[tuple[str, str], list[Documented]]] = {
    ("get", "/auth/login"): [
        _RETURN_TO,
        _query("tenant", {"type": "string", "pattern": SLUG}, "The organisation to log in to."),
        _query("prompt", {"type": "string", "enum": sorted(PROMPTS)}, "OpenID Connect §3.1.2.1."),
    ],
    ("get", "/auth/step-up"): [
        _RETURN_TO,
        _query(
            "acr_values",
            {"type": "string", "pattern": f"^(?:{_ACR}(?: {_ACR}){{0,{MOST_ACR_VALUES - 1}}})?$"},
            "How the person has to authenticate: one of these.",
        ),
        _query(
            "max_age",
            {"type": "integer", "minimum": 0, "maximum": 999_999_999},
            "Seconds that it may be ago.",
        ),
    ],
    ("get", "/auth/callback"): _ANSWER,
    ("get", "/auth/callback/{provider}"): [_PROVIDER, *_ANSWER],
}
