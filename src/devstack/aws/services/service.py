"""What the gateway expects of a service that a store stands behind."""

from typing import Protocol

from devstack.aws.judge import Judge
from devstack.aws.wire import Answer, WireRequest


class Service(Protocol):
    """One service. All of its calls come from the store's one thread."""

    def serve(self, request: WireRequest, judge: Judge) -> Answer:
        """Understand a request, ask about it, and only then do it. Raises AwsError."""
        ...
