"""The token endpoints: the two that tests use, and the product's own against the same provider."""

from collections.abc import AsyncIterator, Iterator

import pytest

from bff.provider.addresses import Reach
from bff.provider.authorization import Registration
from bff.provider.client_auth import Client
from bff.provider.http import HttpxProvider
from bff.provider.provider import Provider
from contracts.token_endpoint import TokenEndpointContract
from fakes.clock import StoppedClock
from fakes.loopback_provider import LoopbackProvider, providing
from fakes.rotation import Rotation
from fakes.token_endpoint import RotatingEndpoint
from fakes.token_endpoint_http import LoopbackTokenEndpoint
from trust.registry.record import ClientAuthMethod
from trust.secret import Secret


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def provider() -> Iterator[LoopbackProvider]:
    with providing() as running:
        yield running


class TestRotatingEndpoint(TokenEndpointContract):
    @pytest.fixture
    def issuer(self) -> str:
        return "https://login.acme.test"

    @pytest.fixture
    def endpoint(self, clock: StoppedClock) -> RotatingEndpoint:
        return RotatingEndpoint(clock)

    @pytest.fixture
    def rotation(self, endpoint: RotatingEndpoint) -> Rotation:
        return endpoint.rotation

    @pytest.fixture
    def away(self, endpoint: RotatingEndpoint) -> None:
        endpoint.away = True


class OverLoopback(TokenEndpointContract):
    @pytest.fixture
    def issuer(self, provider: LoopbackProvider) -> str:
        return provider.url

    @pytest.fixture
    def rotation(self, provider: LoopbackProvider) -> Rotation:
        return provider.rotation

    @pytest.fixture
    def away(self, provider: LoopbackProvider) -> None:
        provider.away = True


class TestLoopbackTokenEndpoint(OverLoopback):
    @pytest.fixture
    def endpoint(self, provider: LoopbackProvider, clock: StoppedClock) -> LoopbackTokenEndpoint:
        return LoopbackTokenEndpoint(provider.url, clock)


class TestProductsProvider(OverLoopback):
    @pytest.fixture
    async def endpoint(
        self, provider: LoopbackProvider, clock: StoppedClock
    ) -> AsyncIterator[Provider]:
        http = HttpxProvider(Reach.LOCAL)
        registration = Registration(
            issuer=provider.url,
            client=Client(
                id="gatehouse", method=ClientAuthMethod.BASIC, credential=Secret("made-up")
            ),
            scopes="openid",
            redirect_uri="http://localhost:8000/auth/callback",
            post_logout_uri="http://localhost:8000/",
        )
        yield Provider(registration, http, clock, insecure=True)
        await http.close()
