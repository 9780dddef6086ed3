"""S3 behind the check."""

from dataclasses import dataclass

from devstack.aws.errors import AwsError
from devstack.aws.judge import Judge, Permit
from devstack.aws.moto import Store, StoreRequest
from devstack.aws.place import Place
from devstack.aws.services.s3.actions import (
    Source,
    copy_source,
    may_know_of,
    on_object,
    requests,
)
from devstack.aws.services.s3.deletion import answer_body, deletion, request_body
from devstack.aws.services.s3.headers import passed_on
from devstack.aws.services.s3.operation import S3Call, s3_call
from devstack.aws.wire import Answer, WireRequest, encoded

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class S3:
    """Answers calls for objects that were named and allowed."""

    store: Store
    place: Place

    def serve(self, request: WireRequest, judge: Judge) -> Answer:
        """Answer one call. Raises AwsError."""
        call = s3_call(request)
        if call.shape.name == "DeleteObjects":
            return self._delete(call, request, judge)
        permit = judge.require(call.shape.name, requests(call, request))
        answer = self.store.call(permit, self._forwarded(call, request))
        self._hide_absence(call, request, answer, judge)
        return answer

    def _forwarded(self, call: S3Call, request: WireRequest) -> StoreRequest:
        headers = passed_on(request, account=self.place.account)
        source = copy_source(request) if call.key else None
        if source is not None:
            headers = (*headers, ("x-amz-copy-source", source.header))
        return StoreRequest(
            service="s3",
            method=request.method,
            path=_path(call),
            query="&".join(f"{encoded(n)}={encoded(v)}" for n, v in call.parameters.items()),
            headers=headers,
            body=request.body,
        )

    def _hide_absence(
        self, call: S3Call, request: WireRequest, answer: Answer, judge: Judge
    ) -> None:
        """Raise 403 instead of 404 where the caller may not know which keys exist."""
        absent = _absent(call, copy_source(request), request.method, answer)
        if absent is not None and not judge.may(may_know_of(*absent)):
            raise AwsError("AccessDenied", 403, "Access Denied")

    def _delete(self, call: S3Call, request: WireRequest, judge: Judge) -> Answer:
        wanted = deletion(request.body)
        permit, verdicts = judge.permit_each(
            call.shape.name,
            [
                on_object("DeleteObject", call.bucket, d.key, version=d.version)
                for d in wanted.objects
            ],
        )
        judged = list(zip(wanted.objects, verdicts, strict=True))
        allowed = tuple(doomed for doomed, verdict in judged if verdict)
        refused = tuple(doomed for doomed, verdict in judged if not verdict)
        answer = self._deleted(call, request_body(wanted, allowed), permit) if allowed else None
        if answer is not None and answer.status >= 300:  # noqa: PLR2004 not HTTP success
            return answer
        return Answer(
            status=200,
            headers=(("content-type", "application/xml"),),
            body=answer_body(None if answer is None else answer.body, refused),
        )

    def _deleted(self, call: S3Call, body: bytes, permit: Permit) -> Answer:
        request = StoreRequest(
            service="s3", method="POST", path=_path(call), query="delete=", body=body
        )
        return self.store.call(permit, request)


def _path(call: S3Call) -> str:
    bucket = f"/{call.bucket}"
    return f"{bucket}/{encoded(call.key, also_safe='/')}" if call.key else bucket


def _absent(
    call: S3Call, source: Source | None, method: str, answer: Answer
) -> tuple[str, str] | None:
    """Return bucket and key of the object whose absence an answer tells; None if it does not."""
    if answer.status != _NOT_FOUND or not call.key:
        return None
    if method != "HEAD" and b"<Code>NoSuchKey</Code>" not in answer.body:
        return None
    return (call.bucket, call.key) if source is None else (source.bucket, source.key)
