"""The gateway's Cedar policies, kept by the agent itself where no gateway keeps them.

At AgentCore's gateway the policy engine decides, and the agent cannot go round it. On one's own
machine there is no gateway: the same files decide here, by `cedarpy`. Where that is not installed,
nothing is guessed: what only counts is allowed, and everything else is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from strands.hooks import BeforeToolCallEvent
from strands.interventions import Deny, InterventionHandler, Proceed

GATEWAY_ARN: Final = "arn:aws:bedrock-agentcore:us-east-1:000000000000:gateway/local"
HARMLESS: Final = frozenset(
    f"titanic___{tool}" for tool in ("count_passengers", "survival_rate", "fare_statistics")
)
"""What may be called where no policy can be evaluated: numbers about groups, no person's name."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision; `reason` is for the person, and says nothing of the policies' text."""

    allowed: bool
    reason: str = ""


ALLOWED = Verdict(allowed=True)
REFUSED = Verdict(allowed=False, reason="The policy does not allow this role to call that tool.")
NOT_EVALUATED = Verdict(
    allowed=False,
    reason="The policy cannot be evaluated here, so the tool is not called: install cedarpy.",
)


class Policies:
    """A set of Cedar policies, and whom they are asked about."""

    def __init__(self, texts: Sequence[str], *, role_arn: str) -> None:
        """Take the files' texts; `@GATEWAY_ARN@` becomes the local gateway's."""
        self._text = "\n".join(texts).replace("@GATEWAY_ARN@", GATEWAY_ARN)
        self._role_arn = role_arn

    def decide(self, tool: str, arguments: Mapping[str, object]) -> Verdict:
        """Decide about one call, as the gateway would: what is not permitted is refused."""
        evaluate = _evaluator()
        if evaluate is None:
            return ALLOWED if tool in HARMLESS else NOT_EVALUATED
        principal = {"type": "AgentCore::IamEntity", "id": self._role_arn}
        request = {
            "principal": principal,
            "action": {"type": "AgentCore::Action", "id": tool},
            "resource": {"type": "AgentCore::Gateway", "id": GATEWAY_ARN},
            "context": {"input": dict(arguments)},
        }
        me: dict[str, Any] = {"uid": principal, "attrs": {"id": self._role_arn}, "parents": []}
        result = evaluate(request, self._text, [me])
        # Cedar leaves out a policy that fails, be it the one that forbids.
        return ALLOWED if result.allowed and not result.diagnostics.errors else REFUSED


def _evaluator() -> Callable[[Any, str, Any], Any] | None:
    """Return Cedar's evaluator where it is installed."""
    try:
        import cedarpy  # type: ignore[import-not-found,unused-ignore] # not everywhere
    except ImportError:
        return None
    cedar: Any = cedarpy
    evaluate: Callable[[Any, str, Any], Any] = cedar.is_authorized
    return evaluate


class PolicyCheck(InterventionHandler):
    """Asks the policies before each call of a gateway's tool."""

    @property
    def name(self) -> str:
        """What Strands knows it by."""
        return "policy-check"

    def __init__(self, policies: Policies) -> None:
        """Ask these."""
        self._policies = policies

    def before_tool_call(self, event: BeforeToolCallEvent[Any], **_more: Any) -> Proceed | Deny:
        """Let the call through or refuse it."""
        use = event.tool_use
        # The agent's own tools are no business of the gateway's policies.
        if "___" not in use["name"]:
            return Proceed()
        verdict = self._policies.decide(use["name"], use["input"] or {})
        return Proceed() if verdict.allowed else Deny(reason=verdict.reason)


def policies_of(folder: Path, *, role_arn: str) -> Policies:
    """Read the policies' files, all that there are."""
    files = sorted(folder.glob("*.cedar"))
    return Policies([file.read_text(encoding="utf-8") for file in files], role_arn=role_arn)
