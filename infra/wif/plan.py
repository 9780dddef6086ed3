"""What has to be done, decided from what is wanted and what was found. No I/O."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wif.documents import Documents
from wif.wanted import Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The bucket of the state, as found. `None` stands for "was never set"."""

    versioned: bool = False
    encrypted: bool = False
    closed: bool = False
    policy: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """The deployment role, as found."""

    trust: Any
    policy: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the account holds already. `None` stands for "is not there"."""

    audiences: frozenset[str] | None = None
    role: Role | None = None
    bucket: Bucket | None = None


class Deed(StrEnum):
    """One call that changes the account."""

    CREATE_PROVIDER = "create the OIDC provider"
    ADD_AUDIENCE = "add the audience to the OIDC provider"
    CREATE_ROLE = "create the deployment role"
    SET_TRUST = "set who may take the deployment role on"
    SET_POLICY = "set what the deployment role may do"
    CREATE_BUCKET = "create the bucket of the state"
    CLOSE_BUCKET = "block all public access to the bucket"
    VERSION_BUCKET = "keep every version of the state"
    ENCRYPT_BUCKET = "encrypt the state at rest"
    PROTECT_BUCKET = "refuse the bucket to whoever comes without TLS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One deed and what it is done to."""

    deed: Deed
    subject: str
    document: Any = field(default=None)


def steps_of(wanted: Wanted, documents: Documents, found: Found) -> list[Step]:
    """Return what is left to do, in order; nothing when all is as wanted.

    The provider comes before the role that trusts it, the bucket before what is set on it, and
    public access is blocked before anything else is: at no moment is the state open.
    """
    return [
        *_provider(wanted, found.audiences),
        *_role(wanted, documents, found.role),
        *_bucket(wanted, documents, found.bucket),
    ]


def _provider(wanted: Wanted, audiences: frozenset[str] | None) -> list[Step]:
    if audiences is None:
        return [Step(deed=Deed.CREATE_PROVIDER, subject=wanted.provider_arn)]
    if wanted.audience in audiences:
        return []
    return [Step(deed=Deed.ADD_AUDIENCE, subject=wanted.provider_arn)]


def _role(wanted: Wanted, documents: Documents, role: Role | None) -> list[Step]:
    def step(deed: Deed, document: Any) -> Step:
        return Step(deed=deed, subject=wanted.role, document=document)

    if role is None:
        created = step(Deed.CREATE_ROLE, documents.trust)
        return [created, step(Deed.SET_POLICY, documents.role)]
    trust = [] if role.trust == documents.trust else [step(Deed.SET_TRUST, documents.trust)]
    policy = [] if role.policy == documents.role else [step(Deed.SET_POLICY, documents.role)]
    return trust + policy


def _bucket(wanted: Wanted, documents: Documents, bucket: Bucket | None) -> list[Step]:
    state = bucket or Bucket()
    due = {
        Deed.CREATE_BUCKET: bucket is None,
        Deed.CLOSE_BUCKET: not state.closed,
        Deed.VERSION_BUCKET: not state.versioned,
        Deed.ENCRYPT_BUCKET: not state.encrypted,
        Deed.PROTECT_BUCKET: state.policy != documents.bucket,
    }
    return [
        Step(
            deed=deed,
            subject=wanted.bucket,
            document=documents.bucket if deed is Deed.PROTECT_BUCKET else None,
        )
        for deed, is_due in due.items()
        if is_due
    ]
