"""Tokens bound to a key of ours (DPoP, RFC 9449): a key for each login, a proof for each call.

The key is made with the login attempt, named in the authorization request (§10), and then kept in
the session beside the tokens, under the same seal: whoever has only the tokens, out of a log say,
can do nothing with them. It belongs to the session and not to the process, since any process may be
the next to refresh.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from trust.clock import NumericDate
from trust.seal.base64url import encode
from trust.secret import Secret

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

ALGORITHM = "ES256"
_COORDINATE_BYTES = 32
# The order of P-256 (SP 800-186 §3.2.1.3): private keys are below it.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

Random = Callable[[int], bytes]


def new_dpop_key(random: Random) -> Secret:
    """Return a new private key: its number alone, for it has to fit into a cookie."""
    while not 0 < int.from_bytes(raw := random(_COORDINATE_BYTES), "big") < _ORDER:
        pass
    return Secret(encode(raw))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The request that a proof is for; `access_token` where one goes along (§4.3 no. 11)."""

    method: str
    url: str
    nonce: str | None = None
    access_token: Secret | None = None


def proof(key: Secret, call: Call, *, now: NumericDate, random: Random) -> str:
    """Return the proof of one call, good for that call alone (§4.2)."""
    private = _key(key)
    parts = urlsplit(call.url)
    claims = {
        "jti": encode(random(16)),
        "htm": call.method,
        # Without query and fragment (§4.2).
        "htu": urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
        "iat": now,
    }
    if call.nonce is not None:
        claims["nonce"] = call.nonce
    if call.access_token is not None:
        digest = hashlib.sha256(call.access_token.reveal().encode("ascii")).digest()
        claims["ath"] = encode(digest)
    from joserfc import jws

    header = {"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": private.as_dict(private=False)}
    return jws.serialize_compact(header, json.dumps(claims), private, algorithms=[ALGORITHM])


def thumbprint(key: Secret) -> str:
    """Return the key's name (RFC 7638 §3), as `dpop_jkt` has it."""
    return _key(key).thumbprint()


def _key(key: Secret) -> "ECKey":
    from cryptography.hazmat.primitives.asymmetric import ec
    from joserfc.jwk import ECKey

    raw = base64.urlsafe_b64decode(key.reveal() + "=")
    numbers = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1()).public_key()
    point = numbers.public_numbers()
    return ECKey.import_key(
        {
            "kty": "EC",
            "crv": "P-256",
            "d": key.reveal(),
            "x": encode(point.x.to_bytes(_COORDINATE_BYTES, "big")),
            "y": encode(point.y.to_bytes(_COORDINATE_BYTES, "big")),
        }
    )
