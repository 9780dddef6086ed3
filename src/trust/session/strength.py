"""Whether somebody authenticated as an agent wants it (RFC 9470)."""

from urllib.parse import urlencode

from trust.clock import NumericDate
from trust.registry.record import Agent
from trust.session.errors import AuthenticationInsufficient
from trust.session.record import Session

STEP_UP = "/auth/step-up"


def hold_to_strength(session: Session, agent: Agent, *, now: NumericDate) -> None:
    """Hold a session to what the agent wants. Raises AuthenticationInsufficient, with the way on.

    `auth_time` is the provider's word, or the time of the login where it gave none.
    """
    identity = session.identity
    strong = not agent.acr_values or identity.acr in agent.acr_values
    fresh = agent.max_age_s is None or now - identity.auth_time <= agent.max_age_s
    if not (strong and fresh):
        raise AuthenticationInsufficient(
            "not strong enough" if fresh else "too long ago", login_url=_way_on(agent)
        )


def _way_on(agent: Agent) -> str:
    wanted: dict[str, str] = {}
    if agent.acr_values:
        wanted["acr_values"] = " ".join(agent.acr_values)
    if agent.max_age_s is not None:
        wanted["max_age"] = str(agent.max_age_s)
    return f"{STEP_UP}?{urlencode(wanted)}"
