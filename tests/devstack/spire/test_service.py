"""The double answers the package `spiffe` as an agent does, over real gRPC."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from spiffe import SpiffeId, WorkloadApiClient
from spiffe.errors import PySpiffeError

from devstack.spire.agent import Agent, agent
from devstack.spire.faults import Fault
from devstack.spire.messages import message
from devstack.spire.service import served
from fakes.spire_socket import agent_socket
from trust.clock import SystemClock

US = "spiffe://acme.example/gatehouse"
WAIT_S = 5.0

grpc: Any = import_module("grpc")


@pytest.fixture
def spire() -> Agent:
    """Return an agent whose workload is Gatehouse."""
    return agent(US, clock=SystemClock())


@pytest.fixture
def listening(spire: Agent) -> Iterator[Path]:
    """Have the agent listen; return where."""
    with agent_socket() as place, served(spire, place):
        yield place


@pytest.fixture
def client(listening: Path) -> Iterator[WorkloadApiClient]:
    """Return a client of the agent."""
    with WorkloadApiClient(f"unix://{listening}", default_timeout=WAIT_S) as opened:
        yield opened


def code_of(error: PySpiffeError) -> str:
    cause: Any = error.__cause__
    name: str = cause.code().name
    return name


def _serialized(request: Any) -> bytes:
    raw: bytes = request.SerializeToString()
    return raw


def test_a_jwt_svid_is_verified_by_the_bundle_that_is_served(client: WorkloadApiClient) -> None:
    from spiffe import JwtSvid, TrustDomain

    svid = client.fetch_jwt_svid({"vault"})
    bundle = client.fetch_jwt_bundles().get_bundle_for_trust_domain(TrustDomain("acme.example"))

    assert bundle is not None
    assert JwtSvid.parse_and_validate(svid.token, bundle, {"vault"}).spiffe_id == SpiffeId(US)
    assert client.validate_jwt_svid(svid.token, "vault").spiffe_id == SpiffeId(US)


def test_a_jwt_svid_is_given_again_until_half_of_its_life(client: WorkloadApiClient) -> None:
    first, second = client.fetch_jwt_svid({"vault"}), client.fetch_jwt_svid({"vault"})

    assert first.token == second.token
    assert client.fetch_jwt_svid({"idp"}).token != first.token


def test_an_x509_svid_is_of_the_authority_that_is_served(client: WorkloadApiClient) -> None:
    context = client.fetch_x509_context()
    authorities = client.fetch_x509_bundles()

    trust_domain = context.default_svid.spiffe_id.trust_domain
    bundle = authorities.get_bundle_for_trust_domain(trust_domain)
    assert bundle is not None
    for authority in bundle.x509_authorities:
        context.default_svid.leaf.verify_directly_issued_by(authority)


@pytest.mark.parametrize(
    ("audience", "changed", "says"),
    [("idp", "", "another audience"), ("vault", "x", "no key of this trust domain")],
)
def test_a_jwt_svid_that_is_not_good_is_said_not_to_be(
    client: WorkloadApiClient, audience: str, changed: str, says: str
) -> None:
    token = client.fetch_jwt_svid({"vault"}).token

    with pytest.raises(PySpiffeError, match=says) as refused:
        client.validate_jwt_svid(token + changed, audience)

    assert code_of(refused.value) == "INVALID_ARGUMENT"


def test_a_jwt_svid_that_is_over_is_said_to_be(spire: Agent, client: WorkloadApiClient) -> None:
    spire.plant(Fault.EXPIRED, times=1)
    token = spire.jwt_svids(["vault"], "")[0].token

    with pytest.raises(PySpiffeError, match="it is over"):
        client.validate_jwt_svid(token, "vault")


def test_a_forgotten_key_is_not_verified_by_any_more(
    spire: Agent, client: WorkloadApiClient
) -> None:
    token = client.fetch_jwt_svid({"vault"}).token
    spire.rotate_jwt_keys()
    assert client.validate_jwt_svid(token, "vault").token == token

    spire.rotate_jwt_keys(forget=True)

    with pytest.raises(PySpiffeError):
        client.validate_jwt_svid(token, "vault")


def test_a_workload_without_an_identity_is_told_so(spire: Agent, client: WorkloadApiClient) -> None:
    spire.assign()

    with pytest.raises(PySpiffeError, match="no identity issued") as refused:
        client.fetch_jwt_svid({"vault"})

    assert code_of(refused.value) == "PERMISSION_DENIED"


def test_a_fault_lasts_for_as_many_calls_as_were_asked_for(
    spire: Agent, client: WorkloadApiClient
) -> None:
    spire.plant(Fault.UNAVAILABLE, times=2)
    for _ in range(2):
        with pytest.raises(PySpiffeError, match="UNAVAILABLE"):
            client.fetch_jwt_svid({"vault"})

    assert client.fetch_jwt_svid({"vault"}).token
    assert spire.calls["FetchJWTSVID"] == 3


def test_a_call_that_nobody_waits_for_any_more_ends(
    spire: Agent, client: WorkloadApiClient
) -> None:
    spire.plant(Fault.HANG, times=1)

    with pytest.raises(PySpiffeError, match="DEADLINE_EXCEEDED"):
        client.fetch_jwt_svid({"vault"}, timeout=0.05)


def test_a_stream_may_end_as_if_there_were_nothing_more_to_say(
    spire: Agent, client: WorkloadApiClient
) -> None:
    spire.plant(Fault.ENDS)
    told: list[list[str]] = []
    ended = Event()
    client.stream_x509_contexts(
        lambda context: told.append([str(svid.spiffe_id) for svid in context.x509_svids]),
        lambda _: ended.set(),
        retry_connect=False,
    )

    assert ended.wait(WAIT_S)
    assert told == [[US]]


def test_a_stream_that_is_open_ends_too(spire: Agent, client: WorkloadApiClient) -> None:
    began, ended = Event(), Event()
    client.stream_x509_contexts(lambda _: began.set(), lambda _: ended.set(), retry_connect=False)
    assert began.wait(WAIT_S)

    spire.plant(Fault.ENDS, times=1)

    assert ended.wait(WAIT_S)
    # And with the next one all is well again.
    assert client.fetch_x509_context().default_svid.spiffe_id == SpiffeId(US)


def test_identities_come_with_the_hints_of_what_they_are_for(spire: Agent, listening: Path) -> None:
    """As the messages have them: the package does not hand them on."""
    spire.assign(f"{US}/other", US)
    spire.hint(internal=US)
    hints: dict[str, list[str]] = {}
    with grpc.insecure_channel(f"unix:{listening}") as channel:
        for kind, fields in {"JWTSVID": {"audience": ["vault"]}, "X509SVID": {}}.items():
            fetch = channel.unary_stream(
                f"/SpiffeWorkloadAPI/Fetch{kind}",
                request_serializer=_serialized,
                response_deserializer=message(f"{kind}Response").FromString,
            )
            asked = message(f"{kind}Request")(**fields)
            stream = fetch(asked, metadata=[("workload.spiffe.io", "true")], timeout=WAIT_S)
            hints[kind] = [each.hint for each in next(stream).svids]
            stream.cancel()

    assert hints == {"JWTSVID": ["", "internal"], "X509SVID": ["", "internal"]}


@pytest.mark.parametrize(
    ("metadata", "fields", "says"),
    [
        ([], {"audience": ["vault"]}, "security header missing"),
        ([("workload.spiffe.io", "false")], {"audience": ["vault"]}, "security header missing"),
        ([("workload.spiffe.io", "true")], {}, "audience must be specified"),
    ],
)
def test_who_does_not_ask_as_the_standard_says_gets_nothing(
    listening: Path, metadata: list[tuple[str, str]], fields: dict[str, Any], says: str
) -> None:
    with grpc.insecure_channel(f"unix:{listening}") as channel:
        fetch = channel.unary_unary(
            "/SpiffeWorkloadAPI/FetchJWTSVID",
            request_serializer=_serialized,
            response_deserializer=message("JWTSVIDResponse").FromString,
        )

        with pytest.raises(grpc.RpcError) as refused:
            fetch(message("JWTSVIDRequest")(**fields), metadata=metadata, timeout=WAIT_S)

    assert refused.value.code().name == "INVALID_ARGUMENT"
    assert says in refused.value.details()


def test_validation_needs_both_of_its_arguments(listening: Path) -> None:
    with grpc.insecure_channel(f"unix:{listening}") as channel:
        validate = channel.unary_unary(
            "/SpiffeWorkloadAPI/ValidateJWTSVID",
            request_serializer=_serialized,
            response_deserializer=message("ValidateJWTSVIDResponse").FromString,
        )
        asked = message("ValidateJWTSVIDRequest")(audience="vault")

        with pytest.raises(grpc.RpcError, match="must be specified"):
            validate(asked, metadata=[("workload.spiffe.io", "true")], timeout=WAIT_S)


def test_a_socket_is_for_its_own_user_alone_and_goes_at_the_end(
    spire: Agent, tmp_path: Path
) -> None:
    place = tmp_path / "a.sock"
    with served(spire, place):
        assert place.stat().st_mode & 0o777 == 0o600

    assert not place.exists()


def test_a_place_that_cannot_be_listened_on_is_an_error(spire: Agent, tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="cannot be listened on"),
        served(spire, tmp_path / "nowhere" / "a.sock"),
    ):
        pass
