"""The control plane by boto3, against the fake over HTTP and against moto where it has the type.

Not by moto: browsers, code interpreters, workload identities, policies, evaluators and credential
providers (it has none of them), conflicts of names, client tokens, states that take time, checks of
patterns and lengths.
"""

from collections.abc import Generator

import pytest

from bridge.agentcore import Boto3ControlPlane
from bridge.catalogue import KINDS
from bridge.errors import Declined, Lost
from bridge.kind import Kind, Tags
from fakes import moto_aws
from fakes.agentcore_control.bench import Bench
from fakes.agentcore_control.http import serving
from fakes.agentcore_control.model import faults, output_shape
from fakes.agentcore_control.wanted import PARENT, first
from fakes.agentcore_control.world import Fault

MOTO = ("runtime", "runtime_endpoint", "gateway", "gateway_target", "memory")
URL = "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL"


@pytest.fixture(scope="module")
def environment() -> Generator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield patch


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def fake(environment: pytest.MonkeyPatch, bench: Bench) -> Generator[Boto3ControlPlane]:
    bench.world.looks = 0
    with serving(bench.world) as url:
        environment.setenv(URL, url)
        yield Boto3ControlPlane("eu-west-1")


@pytest.fixture(scope="module")
def moto(environment: pytest.MonkeyPatch) -> Generator[Boto3ControlPlane]:
    with moto_aws.running() as url:
        environment.setenv(URL, url)
        yield Boto3ControlPlane("eu-west-1")


@pytest.fixture
def plane(
    request: pytest.FixtureRequest, fake: Boto3ControlPlane, moto: Boto3ControlPlane
) -> Boto3ControlPlane:
    return moto if request.param == "moto" else fake


EACH = pytest.mark.parametrize(
    ("plane", "name"),
    [("fake", name) for name in sorted(KINDS)] + [("moto", name) for name in MOTO],
    indirect=["plane"],
)


def _made(plane: Boto3ControlPlane, name: str) -> tuple[str, str]:
    """Make one, in a parent of its own; return its id and the parent's."""
    kind = KINDS[name]
    parent = ""
    if name in PARENT:
        above, desired = PARENT[name]
        answer = plane.call(KINDS[above].create, desired)
        parent = str(KINDS[above].opened(answer)[KINDS[above].id_output])
        plane.call(KINDS[above].get, KINDS[above].address(parent, ""))
    request = first(name, parent)
    if kind.token:
        request["clientToken"] = f"{id(request):040d}"
    answer = kind.opened(plane.call(kind.create, request))
    return str(answer[kind.id_output]) if kind.id_output else request[kind.name_input], parent


def _remove(plane: Boto3ControlPlane, name: str, id_: str, parent: str) -> None:
    kind = KINDS[name]
    for one, address in (
        (kind, kind.address(id_, parent)),
        *([(KINDS[PARENT[name][0]], KINDS[PARENT[name][0]].address(parent, ""))] if parent else []),
    ):
        plane.call(one.delete, address)
        # The first look may still find it on its way.
        _is_there(plane, one, address)
        assert not _is_there(plane, one, address)


def _is_there(plane: Boto3ControlPlane, kind: Kind, address: dict[str, object]) -> bool:
    try:
        plane.call(kind.get, address)
    except Declined as error:
        return error.code != "ResourceNotFoundException"
    return True


@EACH
def test_a_resource_is_made_read_listed_and_deleted(plane: Boto3ControlPlane, name: str) -> None:
    kind = KINDS[name]
    id_, parent = _made(plane, name)

    plane.call(kind.get, kind.address(id_, parent))
    got = kind.opened(plane.call(kind.get, kind.address(id_, parent)))
    listed = plane.call(kind.list, {kind.parent: parent} if parent else {})[kind.items]

    assert got[kind.name_input] == first(name)[kind.name_input]
    assert got[kind.arn].startswith("arn:aws:bedrock-agentcore:eu-west-1:")
    assert not kind.status or got.get(kind.status, "READY") in kind.states.ready
    assert id_ in [one[kind.id_output or "name"] for one in listed]
    if kind.listed_name:
        assert first(name)[kind.name_input] in [one[kind.listed_name] for one in listed]
    _remove(plane, name, id_, parent)


@pytest.mark.parametrize(
    ("plane", "name"),
    [("fake", "runtime"), ("fake", "memory"), ("moto", "runtime"), ("moto", "memory")],
    indirect=["plane"],
)
def test_tags_are_read_set_and_taken_away(plane: Boto3ControlPlane, name: str) -> None:
    kind = KINDS[name]
    assert kind.tags is Tags.KEPT
    id_, parent = _made(plane, name)
    arn = kind.opened(plane.call(kind.get, kind.address(id_, parent)))[kind.arn]

    plane.call("TagResource", {"resourceArn": arn, "tags": {"a": "1", "b": "2"}})
    plane.call("UntagResource", {"resourceArn": arn, "tagKeys": ["b"]})

    tags = plane.call("ListTagsForResource", {"resourceArn": arn})["tags"]
    assert (tags["a"], "b" in tags) == ("1", False)
    plane.call(kind.get, kind.address(id_, parent))
    _remove(plane, name, id_, parent)


@pytest.mark.parametrize("plane", ["fake", "moto"], indirect=True)
def test_what_is_not_there_has_a_name(plane: Boto3ControlPlane) -> None:
    with pytest.raises(Declined) as said:
        plane.call("GetMemory", {"memoryId": "nothing_at_all-0123456789"})

    assert (said.value.code, said.value.status) == ("ResourceNotFoundException", 404)


def test_a_wrong_request_is_seen_before_it_is_sent(fake: Boto3ControlPlane, bench: Bench) -> None:
    calls = len(bench.world.calls)

    assert fake.faults("CreateMemory", {"name": "a", "eventExpiryDuration": 7}) == []
    assert "eventExpiryDuration" in fake.faults("CreateMemory", {"name": "a"})[0]
    assert len(bench.world.calls) == calls


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
def test_a_connection_that_breaks_is_an_answer_lost(
    fake: Boto3ControlPlane, bench: Bench, fault: Fault
) -> None:
    bench.world.faults["ListMemories"] = [fault]

    with pytest.raises(Lost, match="ListMemories"):
        fake.call("ListMemories", {})


def test_what_the_fake_shows_is_what_the_model_knows() -> None:
    for name, kind in KINDS.items():
        bench = Bench()
        made = bench.apply(name, first(name, bench.parent(name))).record.current
        assert made is not None
        answer = bench.world.call(kind.get, kind.address(made.id, made.parent))
        shape = output_shape(kind.get)
        assert shape is not None
        wrong = [one for one in faults(shape, answer) if "credentialProviderArn" not in one]
        assert wrong == []


@pytest.mark.parametrize(
    ("operation", "request_", "said"),
    [
        ("CreateMemory", {"name": "1a", "eventExpiryDuration": 7}, "does not match"),
        ("CreateMemory", {"name": "a", "eventExpiryDuration": 2}, "is outside of"),
        ("CreateMemory", {"name": "a", "eventExpiryDuration": "7"}, "a integer is wanted"),
        ("CreateMemory", {"eventExpiryDuration": 7}, "is required"),
        ("CreateMemory", {"name": "a", "eventExpiryDuration": 7, "b": 1}, "is no member"),
        ("CreateMemory", {"name": "a", "eventExpiryDuration": 7, "tags": []}, "a map is wanted"),
        (
            "CreateMemory",
            {"name": "a", "eventExpiryDuration": 7, "memoryStrategies": {}},
            "a list is wanted",
        ),
        (
            "CreateMemory",
            {"name": "a", "eventExpiryDuration": 7, "memoryStrategies": [{}]},
            "exactly one member",
        ),
        (
            "CreateMemory",
            {"name": "a", "eventExpiryDuration": 7, "memoryStrategies": [1]},
            "a structure is wanted",
        ),
        (
            "CreateBrowser",
            {"name": "a", "networkConfiguration": {"networkMode": "SANDBOX"}},
            "is none of",
        ),
    ],
)
def test_the_fake_refuses_what_the_model_does_not_allow(
    operation: str, request_: dict[str, object], said: str
) -> None:
    plane = Bench()
    with pytest.raises(Exception, match=said) as refused:
        plane.world.call(operation, request_)

    assert getattr(refused.value, "code", "") == "ValidationException"
