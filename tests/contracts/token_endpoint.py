"""What every token endpoint has to do."""

from dataclasses import replace

import pytest

from fakes.login import expiring, new_session
from fakes.rotation import LIFETIME_S, Rotation
from trust.clock import Clock
from trust.secret import Secret
from trust.session.errors import ProviderUnavailable, RefreshRejected
from trust.session.record import Session
from trust.session.refresh import TokenEndpoint


class TokenEndpointContract:
    """Needs fixtures `endpoint`, `rotation` (the provider's side), `issuer`, `clock` and `away`."""

    @pytest.fixture
    def session(self, clock: Clock, issuer: str) -> Session:
        session = expiring(new_session(now=clock.now()), at=clock.now())
        return replace(session, identity=replace(session.identity, issuer=issuer))

    async def test_a_refresh_token_is_spent_for_new_tokens(
        self, endpoint: TokenEndpoint, session: Session, clock: Clock
    ) -> None:
        tokens = await endpoint.refresh(session)

        assert tokens.access_token == Secret("access-1")
        assert tokens.refresh_token == Secret("refresh-1")
        assert tokens.expires_at == clock.now() + LIFETIME_S

    async def test_what_the_answer_leaves_out_stays(
        self, endpoint: TokenEndpoint, session: Session
    ) -> None:
        tokens = await endpoint.refresh(session)

        assert tokens.id_token == session.tokens.id_token

    async def test_a_spent_refresh_token_is_rejected_and_ends_the_family(
        self, endpoint: TokenEndpoint, session: Session, rotation: Rotation
    ) -> None:
        tokens = await endpoint.refresh(session)

        with pytest.raises(RefreshRejected):
            await endpoint.refresh(session)
        with pytest.raises(RefreshRejected):
            await endpoint.refresh(replace(session, tokens=tokens))

        assert rotation.calls == 3

    async def test_a_revoked_refresh_token_is_rejected(
        self, endpoint: TokenEndpoint, session: Session, issuer: str, rotation: Rotation
    ) -> None:
        await endpoint.revoke(issuer, session.tokens)

        with pytest.raises(RefreshRejected):
            await endpoint.refresh(session)

        assert rotation.revoked == ["refresh-0"]

    @pytest.mark.usefixtures("away")
    async def test_an_endpoint_that_is_away_rejects_nothing(
        self, endpoint: TokenEndpoint, session: Session
    ) -> None:
        with pytest.raises(ProviderUnavailable):
            await endpoint.refresh(session)
