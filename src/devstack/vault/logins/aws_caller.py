"""Who signed a request to STS, as STS would say it.

Vault sends what was signed to STS, at the address that it is configured with, and believes what STS
says. Here STS is a list of keys, and the signature is checked as STS would, for that address.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from devstack.aws.sigv4 import (
    NotASignature,
    Signed,
    canonical_request,
    signature,
    signed,
    signing_key,
    string_to_sign,
)
from devstack.aws.wire import WireRequest
from devstack.vault.errors import VaultError, bad
from devstack.vault.logins.aws_keys import AwsKey, AwsKeys

GLOBAL_HOST = "sts.amazonaws.com"
_WINDOW_S = 900
"""How old a signature may be, in seconds: what STS grants."""
_GLOBAL_REGION = "us-east-1"
_REGIONAL = re.compile(r"sts\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class StsAddress:
    """Where Vault asks who signed, and what it wants signed."""

    host: str = ""
    """Empty for the global endpoint, or the region's if `by_region`."""
    by_region: bool = False
    """Whether the signature's region says which endpoint (`use_sts_region_from_client`)."""
    server_id: str = ""
    """What the server id header has to say; empty for nothing."""


def caller(asked: WireRequest, keys: AwsKeys, address: StsAddress, *, now: float) -> AwsKey:
    """Return who signed. Raises VaultError."""
    try:
        mark = signed(asked)
    except NotASignature:
        mark = None
    if mark is None:
        raise _not_known("IncompleteSignature", 400)
    key = keys.find(mark.access_key_id)
    if key is None or _revealed(key) != (mark.session_token or ""):
        raise _not_known("InvalidClientTokenId", 403)
    _check_place(asked, mark, address)
    _check_signature(asked, mark, key, now)
    return key


def _check_place(asked: WireRequest, mark: Signed, address: StsAddress) -> None:
    """Refuse what was signed for another endpoint than the one that Vault asks."""
    signed_region = f"sts.{mark.scope.region}.amazonaws.com"
    by_region = signed_region if address.by_region else GLOBAL_HOST
    host = address.host or by_region
    match = _REGIONAL.fullmatch(host)
    region = match[1] if match else _GLOBAL_REGION if host == GLOBAL_HOST else mark.scope.region
    # The usual mistake: Vault asks the global endpoint, and the client signed for a region's.
    if asked.header("host") != host or mark.scope.region != region:
        raise _not_known("SignatureDoesNotMatch", 403)


def _revealed(key: AwsKey) -> str:
    return "" if key.session_token is None else key.session_token.reveal()


def _check_signature(asked: WireRequest, mark: Signed, key: AwsKey, now: float) -> None:
    if "host" not in mark.signed_headers or mark.scope.service != "sts":
        raise _not_known("SignatureDoesNotMatch", 403)
    if abs(now - _signed_at(mark)) > _WINDOW_S:
        raise _not_known("SignatureDoesNotMatch", 403)
    text = canonical_request(asked, mark, payload_hash=sha256(asked.body).hexdigest())
    own = signature(signing_key(key.secret_access_key, mark.scope), string_to_sign(text, mark))
    if not hmac.compare_digest(own, mark.signature):
        raise _not_known("SignatureDoesNotMatch", 403)


def _signed_at(mark: Signed) -> float:
    try:
        at = datetime.strptime(mark.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise _not_known("IncompleteSignature", 400) from None
    return at.timestamp()


def _not_known(code: str, status: int) -> VaultError:
    return bad(
        "error making upstream request: received error code "
        f"{status} from STS: <Error><Code>{code}</Code></Error>"
    )
