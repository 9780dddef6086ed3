"""One call on its way through the gateway."""

from dataclasses import dataclass

from devstack.aws.calls import Call
from devstack.aws.dialect import Dialect
from devstack.aws.judge import Judge
from devstack.aws.reply import Reply
from devstack.aws.sts.principal import Principal
from devstack.aws.wire import WireRequest


@dataclass(slots=True, kw_only=True)
class Exchange:
    """What is known about a call, and where its answer goes."""

    request: WireRequest
    reply: Reply
    call: Call
    """Its line in the list of calls."""
    dialect: Dialect
    request_id: str
    now: int
    """Epoch seconds."""
    caller: Principal | None = None
    """Who signed; None before that is known, and for the operation that nobody signs."""
    retry_after_s: int | None = None
    """What an ordered failure wants to be said."""

    def recognised(self, caller: Principal, request: WireRequest) -> None:
        """Take over what authentication found out."""
        self.caller, self.request = caller, request
        self.call.principal = caller.arn
        self.call.tags = dict(caller.tags)
        self.call.source_identity = caller.source_identity

    def judged(self, judge: Judge) -> None:
        """Note in the list of calls what was asked and decided."""
        self.call.operation = judge.operation
        self.call.actions = tuple(dict.fromkeys(request.action for request in judge.asked))
        asked = judge.refused or (judge.asked[0] if judge.asked else None)
        if asked is not None:
            self.call.action, self.call.resource = asked.action, asked.resource
            self.call.decision = "allowed" if judge.refused is None else "denied"
