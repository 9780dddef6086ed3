"""JSON Web Signatures of ours (RFC 7515 §7.1), by a key that may be elsewhere."""

import json
from collections.abc import Mapping

from trust.seal.base64url import encode
from trust.secrets.source import Signer


async def compact(signer: Signer, claims: Mapping[str, object], *, typ: str) -> str:
    """Return the claims, signed. Raises SecretOutage, SecretRefused where the key is elsewhere.

    `typ` says what it is for: what one key signs for two purposes must not be taken for the other.
    """
    header = {"typ": typ, "alg": signer.algorithm.value}
    if signer.key_id:
        header["kid"] = signer.key_id
    signed = f"{_part(header)}.{_part(claims)}"
    return f"{signed}.{encode(await signer.sign(signed.encode()))}"


def _part(members: Mapping[str, object]) -> str:
    return encode(json.dumps(members, separators=(",", ":")).encode())
