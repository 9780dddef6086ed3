"""STS behind the gateway: the form of a call, and its line in the list of calls."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devstack.aws.address import form
from devstack.aws.calls import Call
from devstack.aws.errors import AwsError
from devstack.aws.iam.role import Role
from devstack.aws.sts.answer import RANDOM_BYTES, answer_sts
from devstack.aws.sts.identities import Identities
from devstack.aws.sts.principal import Principal
from devstack.aws.wire import Answer, WireRequest

_CODE = re.compile(rb"<Code>(\w+)</Code>")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityTokenService:
    """Answers STS calls; blocks while a provider's keys are fetched."""

    identities: Identities
    roles: Mapping[str, Role]
    entropy: Callable[[int], bytes]
    """Returns that many random bytes."""

    def answer(
        self, fields: Mapping[str, str], caller: Principal | None, call: Call, *, now: int
    ) -> Answer:
        """Answer one call and note what became of it."""
        status, body = answer_sts(
            fields,
            caller,
            self.identities,
            self.roles,
            now=now,
            random=self.entropy(RANDOM_BYTES),
        )
        code = _CODE.search(body)
        call.code = code[1].decode() if code and status >= 400 else None  # noqa: PLR2004 HTTP error
        call.decision = "denied" if call.code == "AccessDenied" else "allowed"
        return Answer(status=status, headers=(("content-type", "text/xml"),), body=body)


def actions_of(fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return what a call asks IAM for: tags and a source identity are permissions of their own."""
    tagged = any(name.startswith("Tags.member.") for name in fields)
    return (
        f"sts:{fields.get('Action', '')}",
        *(("sts:TagSession",) if tagged else ()),
        *(("sts:SetSourceIdentity",) if "SourceIdentity" in fields else ()),
    )


def fields_of(request: WireRequest) -> dict[str, str]:
    """Return a call's parameters by name. Raises AwsError."""
    pairs = form(request)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise AwsError("ValidationError", 400, "A parameter was given twice.")
    return fields
