"""The transit engine (API docs, "Transit secrets engine"): keys that are used and never seen."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from devstack.vault.engines.engine import Closed
from devstack.vault.engines.signing_keys import (
    HASHES,
    SIGNING_TYPES,
    KeyPair,
    KeyPairs,
    Manner,
    is_signed,
    signed,
)
from devstack.vault.engines.transit_keys import SYMMETRIC, TYPES, KeyVersion, TransitKey
from devstack.vault.engines.transit_sealing import (
    KEY_BYTES,
    context_of,
    decrypted,
    encrypted,
    from_base64,
)
from devstack.vault.entropy import Entropy
from devstack.vault.errors import absent, bad
from devstack.vault.fields import Document, Fields
from devstack.vault.request import Operation, Request, Response
from devstack.vault.routes import NAME, Route, writes


@dataclass(slots=True, kw_only=True)
class Transit(Closed):
    """One mount."""

    entropy: Entropy
    pairs: KeyPairs
    kind: str = "transit"
    _keys: dict[str, TransitKey] = field(default_factory=dict[str, TransitKey])

    @property
    def routes(self) -> Sequence[Route]:
        """Its paths."""
        key = rf"(?P<name>{NAME})"
        digest = rf"(?:/(?P<digest>{NAME}))?"
        by_name = {
            Operation.READ: self._read,
            Operation.DELETE: self._delete,
            **writes(self._create),
        }
        return (
            Route("keys/?", {Operation.LIST: self._list}),
            Route(f"keys/{key}", by_name),
            Route(f"keys/{key}/config", writes(self._configure)),
            Route(f"keys/{key}/rotate", writes(self._rotate)),
            Route(f"sign/{key}{digest}", writes(self._sign)),
            Route(f"verify/{key}{digest}", writes(self._verify)),
            Route(f"encrypt/{key}", writes(self._encrypt)),
            Route(f"decrypt/{key}", writes(self._decrypt)),
            Route(f"rewrap/{key}", writes(self._rewrap)),
            Route(rf"export/(?P<what>[\w-]+)/{key}(?:/\w+)?", {Operation.READ: self._export}),
        )

    def exists(self, request: Request) -> bool:
        """Whether the key is there already."""
        return request.below.partition("/")[2].partition("/")[0] in self._keys

    def _known(self, name: str, missing: str = "") -> TransitKey:
        key = self._keys.get(name)
        if key is None:
            raise bad(missing) if missing else absent()
        return key

    def _create(self, request: Request, names: Mapping[str, str]) -> Response:
        name, fields = names["name"], request.fields
        if name in self._keys:
            data = self._keys[name].shown()
            return Response(data=data, warnings=(f"key {name} already existed",), kind=self.kind)
        kind = fields.text("type", SYMMETRIC)
        if kind not in TYPES:
            raise bad(f'unknown key type "{kind}"')
        derived = fields.flag("derived")
        if derived and kind in SIGNING_TYPES:
            raise bad(f"key derivation and convergent encryption not supported for keys of {kind}")
        exportable = fields.flag("exportable")
        key = TransitKey(name=name, kind=kind, derived=derived, exportable=exportable)
        key.versions[1] = self._version(kind, request.now)
        self._keys[name] = key
        return Response(data=key.shown(), kind=self.kind)

    def _version(self, kind: str, now: float) -> KeyVersion:
        if kind in SIGNING_TYPES:
            return KeyVersion(pair=self.pairs.draw(kind), created_at=now)
        return KeyVersion(secret=self.entropy(KEY_BYTES), created_at=now)

    def _read(self, request: Request, names: Mapping[str, str]) -> Response:
        del request
        return Response(data=self._known(names["name"]).shown(), kind=self.kind)

    def _list(self, request: Request, names: Mapping[str, str]) -> Response:
        del request, names
        if not self._keys:
            raise absent()
        return Response(data={"keys": sorted(self._keys)}, kind=self.kind)

    def _delete(self, request: Request, names: Mapping[str, str]) -> None:
        del request
        key = self._known(names["name"], f"error deleting policy {names['name']}: not found")
        if not key.deletion_allowed:
            raise bad(f"error deleting policy {key.name}: deletion is not allowed for this key")
        del self._keys[key.name]

    def _configure(self, request: Request, names: Mapping[str, str]) -> Response:
        key, fields = self._known(names["name"], "no existing key found"), request.fields
        decryption = fields.whole("min_decryption_version", key.min_decryption) or 1
        encryption = fields.whole("min_encryption_version", key.min_encryption)
        if decryption > key.newest or encryption > key.newest:
            raise bad("cannot set a minimum version above the latest version")
        if 0 < encryption < decryption:
            raise bad("cannot set min encryption version below min decryption version")
        key.min_decryption, key.min_encryption = decryption, encryption
        key.deletion_allowed = fields.flag("deletion_allowed", default=key.deletion_allowed)
        # Once exportable, always: what may have left cannot be called back.
        key.exportable = key.exportable or fields.flag("exportable")
        return Response(data=key.shown(), kind=self.kind)

    def _rotate(self, request: Request, names: Mapping[str, str]) -> Response:
        key = self._known(names["name"], "key not found")
        key.versions[key.newest + 1] = self._version(key.kind, request.now)
        return Response(data=key.shown(), kind=self.kind)

    def _sign(self, request: Request, names: Mapping[str, str]) -> Response:
        fields = request.fields
        key = self._known(names["name"], "signing key not found")
        number, version = key.to_make(fields.whole("key_version"), "signing")
        manner = _manner(fields, names["digest"])
        text = signed(_pair(key, version, "signing"), _input(fields), manner)
        data = {"signature": f"vault:v{number}:{text}", "key_version": number}
        return Response(data=data, kind=self.kind)

    def _verify(self, request: Request, names: Mapping[str, str]) -> Response:
        fields = request.fields
        key = self._known(names["name"], "signature verification key not found")
        if not fields.text("signature"):
            raise bad("neither a 'signature' nor an 'hmac' were given to verify")
        version, text = key.to_check(fields.text("signature"), "signature")
        manner = _manner(fields, names["digest"])
        valid = is_signed(_pair(key, version, "verification"), _input(fields), text, manner)
        return Response(data={"valid": valid}, kind=self.kind)

    def _encrypt(self, request: Request, names: Mapping[str, str]) -> Response:
        fields = request.fields
        key = self._sealing(names["name"])
        plain = from_base64(fields.text("plaintext"), "plaintext")
        return self._encrypted(key, plain, fields)

    def _encrypted(self, key: TransitKey, plain: bytes, fields: Fields) -> Response:
        number, version = key.to_make(fields.whole("key_version"), "encryption")
        context = context_of(key, fields.text("context"))
        text = encrypted(version, plain, context=context, entropy=self.entropy)
        data = {"ciphertext": f"vault:v{number}:{text}", "key_version": number}
        return Response(data=data, kind=self.kind)

    def _decrypt(self, request: Request, names: Mapping[str, str]) -> Response:
        plain = _decrypted(self._sealing(names["name"]), request.fields)
        return Response(data={"plaintext": base64.b64encode(plain).decode()}, kind=self.kind)

    def _rewrap(self, request: Request, names: Mapping[str, str]) -> Response:
        key = self._sealing(names["name"])
        return self._encrypted(key, _decrypted(key, request.fields), request.fields)

    def _sealing(self, name: str) -> TransitKey:
        key = self._known(name, "encryption key not found")
        if key.kind in SIGNING_TYPES:
            raise bad(f"message encryption not supported for key type {key.kind}")
        return key

    def _export(self, request: Request, names: Mapping[str, str]) -> Response:
        del request
        if names["what"] not in {"signing-key", "encryption-key"}:
            raise bad(f"invalid export type: {names['what']}")
        key = self._known(names["name"])
        if not key.exportable:
            raise bad("private key material is not exportable")
        keys = {str(number): _exported(version) for number, version in key.versions.items()}
        data: Document = {"name": key.name, "type": key.kind, "keys": keys}
        return Response(data=data, kind=self.kind)


def _pair(key: TransitKey, version: KeyVersion, verb: str) -> KeyPair:
    if version.pair is None:
        raise bad(f"key type {key.kind} does not support {verb}")
    return version.pair


def _input(fields: Fields) -> bytes:
    if not fields.has("input"):
        raise bad("missing input")
    return from_base64(fields.text("input"), "input")


def _decrypted(key: TransitKey, fields: Fields) -> bytes:
    version, text = key.to_check(fields.text("ciphertext"), "ciphertext")
    return decrypted(version, text, context=context_of(key, fields.text("context")))


def _manner(fields: Fields, digest_in_path: str) -> Manner:
    digest = digest_in_path or fields.text("hash_algorithm") or "sha2-256"
    if digest not in HASHES:
        raise bad(f'invalid hash algorithm "{digest}"')
    marshaling = fields.text("marshaling_algorithm") or "asn1"
    if marshaling not in {"asn1", "jws"}:
        raise bad(f'invalid marshaling type "{marshaling}"')
    padding = fields.text("signature_algorithm") or "pss"
    if padding not in {"pss", "pkcs1v15"}:
        raise bad(f"unsupported signature algorithm {padding}")
    return Manner(
        digest=digest,
        prehashed=fields.flag("prehashed"),
        padding="pkcs1v15" if padding == "pkcs1v15" else "pss",
        marshaling="jws" if marshaling == "jws" else "asn1",
    )


def _exported(version: KeyVersion) -> str:
    if version.pair is None:
        return base64.b64encode(version.secret).decode()
    text = version.pair.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    return text.decode()
