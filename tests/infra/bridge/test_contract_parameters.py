"""The parameters: what the fake promises, SSM by boto3 keeps (on moto)."""

from collections.abc import Callable, Generator

import boto3
import pytest

from bridge.agentcore import Boto3ControlPlane
from bridge.errors import Declined, Lost, WrongUse
from bridge.ports import Parameters
from bridge.ssm import SsmParameters
from bridge.sts import account
from fakes import moto_aws
from fakes.agentcore_control.ports import Store
from fakes.loopback import Call, Reply, serving


@pytest.fixture(scope="module")
def ssm() -> Generator[SsmParameters]:
    with pytest.MonkeyPatch.context() as patch, moto_aws.running() as url:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_ENDPOINT_URL", url)
        yield SsmParameters("eu-west-1")


@pytest.fixture(params=["fake", "ssm"])
def parameters(request: pytest.FixtureRequest, ssm: SsmParameters) -> Parameters:
    return ssm if request.param == "ssm" else Store()


def test_what_is_written_can_be_read_and_overwritten(parameters: Parameters) -> None:
    assert parameters.read("/a/one") is None
    parameters.write("/a/one", "1")
    parameters.write("/a/one", "2")

    assert parameters.read("/a/one") == "2"
    parameters.remove("/a/one")
    assert parameters.read("/a/one") is None


def test_a_parameter_is_added_only_if_it_is_not_there(parameters: Parameters) -> None:
    assert parameters.add("/b/one", "1")
    assert not parameters.add("/b/one", "2")
    assert parameters.read("/b/one") == "1"


def test_it_is_no_fault_to_remove_what_is_gone(parameters: Parameters) -> None:
    parameters.remove("/c/one")


def test_all_below_a_prefix_is_found_page_by_page(parameters: Parameters) -> None:
    names = {f"/d/one/{number}": str(number) for number in range(25)}
    for name, value in names.items():
        parameters.write(name, value)
    parameters.write("/d/one", "itself")
    parameters.write("/d/onemore/1", "a neighbour")

    assert parameters.under("/d/one") == names


def test_a_parameter_may_have_others_below_it(parameters: Parameters) -> None:
    parameters.write("/e/one", "1")
    parameters.write("/e/one/lock", "2")

    assert parameters.under("/e") == {"/e/one": "1", "/e/one/lock": "2"}


def test_ssm_says_what_is_wrong_with_a_name(ssm: SsmParameters) -> None:
    for deed in (lambda: ssm.write("/aws/x", "1"), lambda: ssm.add("/aws/x", "1")):
        with pytest.raises(Declined, match="PutParameter"):
            deed()


def test_a_store_that_is_not_there_is_an_answer_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    with pytest.raises(Lost, match="GetParameter"):
        SsmParameters("eu-west-1").read("/a")
    with pytest.raises(Lost, match="GetCallerIdentity"):
        account("eu-west-1")


def test_the_account_is_that_of_the_credentials(ssm: SsmParameters) -> None:
    assert ssm.read("/nothing") is None
    assert account("eu-west-1") == "123456789012"


_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE")


def test_without_credentials_it_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    for deed in (
        lambda: SsmParameters("eu-west-1").read("/a"),
        lambda: account("eu-west-1"),
        lambda: Boto3ControlPlane("eu-west-1").call("ListMemories", {}),
    ):
        with pytest.raises(WrongUse, match="no AWS credentials"):
            deed()


def test_what_aws_declines_has_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    def denied(_call: Call) -> Reply:
        return Reply(status=403, body=b'{"__type": "AccessDeniedException", "message": "no"}')

    with serving(denied) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        parameters = SsmParameters("eu-west-1")
        deeds: list[Callable[[], object]] = [
            lambda: parameters.read("/a"),
            lambda: parameters.remove("/a"),
            lambda: parameters.add("/a", "1"),
        ]
        for deed in deeds:
            with pytest.raises(Declined) as said:
                deed()
            assert (said.value.code, said.value.status) == ("AccessDeniedException", 403)
        # STS speaks XML: what it cannot be read from is no answer.
        with pytest.raises(Lost, match="GetCallerIdentity"):
            account("eu-west-1")
