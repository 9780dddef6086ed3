"""All keys of the account, their aliases, and what KMS's operations do with them."""

import base64
import binascii
from collections.abc import Callable, Mapping
from uuid import uuid4

from devstack.aws.errors import AwsError
from devstack.aws.kms.key import Key, State, generated
from devstack.aws.place import Place
from devstack.aws.services.document import Document, invalid, optional_text, text

Answered = dict[str, object]


class Keys:
    """Keys in memory: their private parts are in no file, and gone with the process."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._keys: dict[str, Key] = {}
        self._aliases: dict[str, str] = {}
        self._table: Mapping[str, Callable[[Key, Document], Answered]] = {
            "CancelKeyDeletion": self._cancel_deletion,
            "DescribeKey": lambda key, _: {"KeyMetadata": _metadata(key, self._place)},
            "DisableKey": lambda key, _: self._turned(key, State.DISABLED),
            "EnableKey": lambda key, _: self._turned(key, State.ENABLED),
            "GetPublicKey": self._public,
            "ScheduleKeyDeletion": self._schedule_deletion,
            "Sign": self._sign,
        }

    @property
    def on_key(self) -> frozenset[str]:
        """The operations on one key."""
        return frozenset(self._table)

    def create(self, *, spec: str, usage: str, key_id: str | None = None) -> Key:
        """Make a key. Raises AwsError."""
        if usage not in {"SIGN_VERIFY", "ENCRYPT_DECRYPT"} or (
            usage == "ENCRYPT_DECRYPT" and not spec.startswith("RSA_")
        ):
            raise invalid(f"KeyUsage {usage} is not compatible with KeySpec {spec}")
        name = key_id or str(uuid4())
        arn = self._place.arn("kms", f"key/{name}")
        self._keys[name] = Key(
            key_id=name, arn=arn, spec=spec, usage=usage, private=generated(spec)
        )
        return self._keys[name]

    def found(self, named: str) -> Key:
        """Return a key by its id, its ARN, or an alias of it. Raises AwsError."""
        plain = named.removeprefix(self._place.arn("kms", "")).removeprefix("key/")
        key_id = self._aliases.get(plain) if plain.startswith("alias/") else plain
        if key_id not in self._keys:
            kind = "Alias" if plain.startswith("alias/") else "Key"
            raise AwsError("NotFoundException", 400, f"{kind} {named} is not found.")
        return self._keys[key_id]

    def aliases_of(self, key: Key) -> tuple[str, ...]:
        """Return the names that stand for a key."""
        return tuple(name for name, key_id in self._aliases.items() if key_id == key.key_id)

    def name(self, alias: str, key: Key, *, anew: bool) -> None:
        """Have an alias stand for a key: a new one, or with `anew` one that is there."""
        if not alias.startswith("alias/") or alias.startswith("alias/aws/"):
            raise invalid("AliasName must begin with alias/, and not with alias/aws/")
        if anew and alias not in self._aliases:
            raise AwsError("NotFoundException", 400, f"Alias {alias} is not found.")
        if not anew and alias in self._aliases:
            raise AwsError("AlreadyExistsException", 400, f"Alias {alias} exists already.")
        self._aliases[alias] = key.key_id

    def unname(self, alias: str) -> None:
        """Take an alias away; the key stays."""
        self._aliases.pop(alias, None)

    def create_from(self, body: Document) -> Answered:
        """Answer CreateKey. Raises AwsError."""
        key = self.create(spec=text(body, "KeySpec"), usage=text(body, "KeyUsage"))
        return {"KeyMetadata": _metadata(key, self._place)}

    def done(self, operation: str, key: Key, body: Document) -> Answered:
        """Answer one of `on_key`. Raises AwsError."""
        return self._table[operation](key, body)

    def _turned(self, key: Key, state: State) -> Answered:
        if key.state is State.PENDING_DELETION:
            key.require_enabled()
        key.state = state
        return {}

    def _schedule_deletion(self, key: Key, _body: Document) -> Answered:
        key.state = State.PENDING_DELETION
        return {"KeyId": key.arn, "KeyState": key.state.value}

    def _cancel_deletion(self, key: Key, _body: Document) -> Answered:
        if key.state is not State.PENDING_DELETION:
            raise AwsError("KMSInvalidStateException", 400, f"{key.arn} is not pending deletion.")
        # It comes back disabled: somebody has to enable it, too.
        key.state = State.DISABLED
        return {"KeyId": key.arn}

    def _public(self, key: Key, _body: Document) -> Answered:
        key.require_enabled()
        return {
            "KeyId": key.arn,
            "PublicKey": base64.b64encode(key.public_der).decode(),
            "KeySpec": key.spec,
            "KeyUsage": key.usage,
            "SigningAlgorithms": list(key.algorithms) if key.usage == "SIGN_VERIFY" else [],
        }

    def _sign(self, key: Key, body: Document) -> Answered:
        key.require_enabled()
        algorithm = text(body, "SigningAlgorithm")
        signature = key.sign(
            _bytes(body, "Message"), optional_text(body, "MessageType") or "RAW", algorithm
        )
        return {
            "KeyId": key.arn,
            "Signature": base64.b64encode(signature).decode(),
            "SigningAlgorithm": algorithm,
        }


def _metadata(key: Key, place: Place) -> Answered:
    return {
        "AWSAccountId": place.account,
        "Arn": key.arn,
        "Enabled": key.state is State.ENABLED,
        "KeyId": key.key_id,
        "KeySpec": key.spec,
        "KeyState": key.state.value,
        "KeyUsage": key.usage,
    }


def _bytes(body: Document, name: str) -> bytes:
    try:
        return base64.b64decode(text(body, name), validate=True)
    except binascii.Error:
        raise invalid(f"{name} is not base64.") from None
