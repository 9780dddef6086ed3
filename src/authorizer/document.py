"""A verdict as API Gateway wants to read it.

Everything in `context` is text, and none of it is a token: API Gateway hands it to integrations
and access logs. A verdict is for API and stage as a whole, since API Gateway keeps a policy for the
caller's next request, too: one that names a single method would refuse the others at random.
"""

from collections.abc import Mapping
from typing import assert_never

from authorizer.decision import Allow, Deny, Nobody, Refusal, Verdict
from authorizer.event import Payload, Request

NOBODY = "nobody"
"""`principalId` where there is no principal; the field must not be empty."""


def answer(verdict: Verdict, request: Request) -> dict[str, object]:
    """Return the authorizer's answer. Raises Exception("Unauthorized") for nobody at a REST API."""
    match verdict:
        case Allow():
            return _document(request, context=_context(verdict), principal=verdict.subject)
        case Deny(refusal=refusal):
            return _refused(request, refusal)
        case Nobody():
            if request.payload is Payload.HTTP:
                return _refused(request, Refusal.NOT_LOGGED_IN)
            # Just this message makes a REST API answer 401; any other one is a 500.
            raise Exception("Unauthorized")  # noqa: TRY002 API Gateway's own word for it
        case _:  # pragma: no cover - the type has no other member
            assert_never(verdict)


def _refused(request: Request, refusal: Refusal) -> dict[str, object]:
    # For the gateway response's template: `$context.authorizer.code` (docs/deploy.md).
    return _document(request, context={"code": refusal.value}, principal=None)


def _document(
    request: Request, *, context: Mapping[str, str], principal: str | None
) -> dict[str, object]:
    if request.payload is Payload.HTTP:
        return {"isAuthorized": principal is not None, "context": dict(context)}
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow" if principal is not None else "Deny",
        "Resource": f"{request.stage}/*/*",
    }
    return {
        "principalId": principal or NOBODY,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": dict(context),
    }


def _context(allow: Allow) -> dict[str, str]:
    context = {"app_id": allow.app, "tenant_id": allow.tenant, "subject": allow.subject}
    return context if allow.user_name is None else context | {"user_name": allow.user_name}
