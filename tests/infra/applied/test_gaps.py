"""What stands before moto: it keeps what it is given, and passes on the rest."""

import json
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import pytest

from proof.applied.gaps import Environ, Gaps, Start
from proof.applied.xray import XRay


class Moto:
    """Answers everything with the same, and remembers what it was asked."""

    def __init__(self, answer: bytes = b"moto", status: str = "200 OK") -> None:
        self.asked: list[tuple[str, str, bytes]] = []
        self._answer, self._status = answer, status

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.asked.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], body))
        start(self._status, [("Content-Length", str(len(self._answer)))])
        return [self._answer]


def call(
    gaps: Gaps, method: str, path: str, body: bytes = b"", *, query: str = "", target: str = ""
) -> tuple[str, bytes]:
    heard: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> None:
        heard.update(status=status, headers=dict(headers))

    environ: Environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_AMZ_TARGET": target,
        "wsgi.input": BytesIO(body),
    }
    said = b"".join(gaps(environ, start))
    assert heard["headers"]["Content-Length"] == str(len(said))
    return heard["status"], said


def test_what_moto_knows_is_passed_on() -> None:
    moto = Moto()

    assert call(Gaps(moto), "GET", "/bucket/key") == ("200 OK", b"moto")
    assert moto.asked == [("GET", "/bucket/key", b"")]


def test_a_headers_policy_is_kept_changed_and_forgotten() -> None:
    gaps = Gaps(Moto())
    place = "/2020-05-31/response-headers-policy"
    made, said = call(gaps, "POST", place, b"<?xml version='1.0'?><Config>1</Config>")
    assert (made, b"<Id>policy-1</Id>" in said) == ("201 Created", True)

    assert call(gaps, "PUT", f"{place}/policy-1", b"<Config>2</Config>")[0] == "200 OK"
    assert call(gaps, "GET", f"{place}/policy-1/config") == ("200 OK", b"<Config>2</Config>")
    assert b"<Config>2</Config>" in call(gaps, "GET", f"{place}/policy-1")[1]
    assert call(gaps, "DELETE", f"{place}/policy-1")[0] == "204 No Content"
    assert call(gaps, "GET", f"{place}/policy-1")[0] == "404 Not Found"


def test_a_function_is_published() -> None:
    status, said = call(Gaps(Moto()), "POST", "/2020-05-31/function/page/publish")

    assert (status, b":function/page<" in said, b"<Stage>LIVE</Stage>" in said) == (
        "200 OK",
        True,
        True,
    )


def test_a_distribution_has_the_members_that_it_was_given_and_motos_for_the_rest() -> None:
    said = (
        b"<Distribution><Id>E1</Id><DistributionConfig><Aliases>0</Aliases><Origins>moto</Origins>"
        b"</DistributionConfig></Distribution>"
    )
    gaps = Gaps(Moto(said))
    given = b'<DistributionConfig xmlns="urn:x"><Origins>ours</Origins></DistributionConfig>'
    call(gaps, "POST", "/2020-05-31/distribution", given)

    _, answer = call(gaps, "GET", "/2020-05-31/distribution/E1")

    assert b"<Aliases>0</Aliases><Origins>ours</Origins></DistributionConfig>" in answer
    assert b"<Origins>moto</Origins>" in call(gaps, "GET", "/2020-05-31/distribution/E2")[1]


def test_a_buckets_policy_is_kept_from_moto() -> None:
    moto = Moto()
    gaps = Gaps(moto)
    call(gaps, "PUT", "/bucket", b"{}", query="policy")

    assert call(gaps, "GET", "/bucket", query="policy") == ("200 OK", b"{}")
    assert call(gaps, "DELETE", "/bucket", query="policy=")[0] == "204 No Content"
    assert call(gaps, "GET", "/bucket", query="policy")[0] == "404 Not Found"
    assert moto.asked == []


def test_an_apis_policy_is_given_back_as_aws_does() -> None:
    gaps = Gaps(Moto(json.dumps({"id": "a1", "policy": '{"a": "b"}'}).encode()))

    answer = json.loads(call(gaps, "GET", "/restapis/a1")[1])

    assert answer == {"id": "a1", "policy": '{\\"a\\": \\"b\\"}'}


def test_agentcores_logs_are_bedrocks_to_moto_alone() -> None:
    moto = Moto(b'{"resourceArns": ["arn:aws:bedrock:x"]}')
    asked = b'{"resourceArn": "arn:aws:bedrock-agentcore:x"}'

    _, said = call(Gaps(moto), "POST", "/", asked, target="Logs_20140328.PutDeliverySource")

    assert moto.asked == [("POST", "/", b'{"resourceArn": "arn:aws:bedrock:x"}')]
    assert said == b'{"resourceArns": ["arn:aws:bedrock-agentcore:x"]}'


def test_traces_rules_and_groups_are_kept_with_their_tags() -> None:
    gaps = Gaps(Moto())
    tags = [{"Key": "a", "Value": "b"}]

    def ask(name: str, **members: object) -> Any:
        return json.loads(call(gaps, "POST", f"/{name}", json.dumps(members).encode())[1])

    ask("CreateSamplingRule", SamplingRule={"RuleName": "r", "FixedRate": 0.1}, Tags=tags)
    arn = ask("UpdateSamplingRule", SamplingRuleUpdate={"RuleName": "r", "FixedRate": 0.2})[
        "SamplingRuleRecord"
    ]["SamplingRule"]["RuleARN"]
    (record,) = ask("GetSamplingRules")["SamplingRuleRecords"]
    assert record["SamplingRule"]["FixedRate"] == 0.2
    assert ask("ListTagsForResource", ResourceARN=arn) == {"Tags": tags}
    ask("DeleteSamplingRule", RuleARN=arn)
    assert ask("GetSamplingRules") == {"SamplingRuleRecords": []}

    group = ask("CreateGroup", GroupName="g", FilterExpression="x")["Group"]["GroupARN"]
    assert ask("GetGroup", GroupARN=group)["Group"]["FilterExpression"] == "x"
    assert ask("DeleteGroup", GroupName="g") == {}


def test_a_call_that_nobody_makes_is_not_answered() -> None:
    with pytest.raises(KeyError, match="PutTraceSegments"):
        XRay().answer("PutTraceSegments", {})
