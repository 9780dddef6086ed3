"""Where services are, proven against botocore's own rules for every region that it knows."""

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.endpoint_provider import EndpointProvider, RuleSet

from trust.aws.endpoints import Api, Endpoint, endpoint
from trust.errors import SettingsError

APIS: tuple[Api, ...] = ("dynamodb", "sts", "bedrock-agentcore")


@cache
def _loader() -> Any:
    return botocore.session.Session().get_component("data_loader")


@cache
def _provider(api: str) -> EndpointProvider:
    rules = _loader().load_service_model(api, "endpoint-rule-set-1")
    partitions = _loader().load_data("partitions")
    RuleSet(**rules, partitions=partitions)
    return EndpointProvider(rules, partitions)


def regions() -> list[str]:
    """Return every region of every partition."""
    partitions = _loader().load_data("partitions")["partitions"]
    return sorted(
        name
        for partition in partitions
        for name in partition["regions"]
        if not name.endswith("-global")
    )


def by_botocore(api: Api, region: str, *, fips: bool = False) -> str:
    members = {"Region": region, "UseFIPS": fips, "UseDualStack": False}
    if api == "sts":
        members["UseGlobalEndpoint"] = False
    url: str = _provider(api).resolve_endpoint(**members).url
    return url


@pytest.mark.parametrize("api", APIS)
def test_every_region_s_endpoint_is_botocores(api: Api) -> None:
    known = regions()

    assert len(known) > 40
    for region in known:
        found = endpoint(api, region, {})
        assert f"{found.scheme}://{found.host}" == by_botocore(api, region)
        assert found.path == "/"


@pytest.mark.parametrize("api", ["dynamodb", "sts"])
def test_the_validated_endpoint_is_botocores(api: Api) -> None:
    for region in regions():
        found = endpoint(api, region, {"AWS_USE_FIPS_ENDPOINT": "true"})
        assert f"https://{found.host}" == by_botocore(api, region, fips=True)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9500"}, "http://127.0.0.1:9500/"),
        (
            {"AWS_ENDPOINT_URL_DYNAMODB": "http://a:1", "AWS_ENDPOINT_URL": "http://b"},
            "http://a:1/",
        ),
        ({"AWS_ENDPOINT_URL_STS": "http://a:1"}, "https://dynamodb.eu-west-1.amazonaws.com/"),
        ({"AWS_ENDPOINT_URL": " "}, "https://dynamodb.eu-west-1.amazonaws.com/"),
        ({"AWS_ENDPOINT_URL": "https://vpce.example:443/a/"}, "https://vpce.example/a/"),
        ({"AWS_ENDPOINT_URL": "http://[::1]:9500"}, "http://[::1]:9500/"),
        (
            {"AWS_ENDPOINT_URL": "http://b", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "https://dynamodb.eu-west-1.amazonaws.com/",
        ),
    ],
)
def test_an_endpoint_can_be_named(environment: Mapping[str, str], url: str) -> None:
    assert endpoint("dynamodb", "eu-west-1", environment).url == url


def test_a_service_s_variable_is_spelled_as_in_every_sdk() -> None:
    environment = {"AWS_ENDPOINT_URL_BEDROCK_AGENTCORE": "http://a"}

    assert endpoint("bedrock-agentcore", "eu-west-1", environment) == Endpoint("http", "a", "/")


@pytest.mark.parametrize(
    "url",
    [
        "a:1",
        "ftp://a",
        "http://",
        "http:///a",
        "http://u:p@a",
        "http://a?b=c",
        "http://a/?b=c",
        "http://a/#b",
        "http://a/b c",
        "http://a/\\b",
        "http://a/\0",
        "http://a:x",
        "http://a:",
        "http://a:65536",
        "http://a:" + "9" * 5000,
        "http://a:²",
        "http://[a",
        "http://[ab:1",
        "http://ab]:1",
        "http://a]:1",
        "http://a b",
        "http://é",
    ],
)
def test_an_endpoint_that_is_no_url_is_a_fault_that_names_its_variable(url: str) -> None:
    with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL_STS"):
        endpoint("sts", "eu-west-1", {"AWS_ENDPOINT_URL_STS": url})


@pytest.mark.parametrize(
    "region",
    ["", "eu", "eu-west-1.evil.example", "eu-west-1/", "EU-WEST-1", "eu--1", "eu-wést-1", "a-b\n"],
)
def test_a_region_s_name_cannot_choose_the_host(region: str) -> None:
    with pytest.raises(SettingsError, match="AWS_REGION"):
        endpoint("dynamodb", region, {})


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://dynamodb.eu-west-1.amazonaws.com", ("dynamodb.eu-west-1.amazonaws.com", 443)),
        ("http://127.0.0.1", ("127.0.0.1", 80)),
        ("HTTP://LOCALHOST:09500/", ("localhost", 9500)),
        ("http://[::1]:9500", ("::1", 9500)),
        ("https://[::1]", ("::1", 443)),
        ("https://my_host-1.internal:8443/a/b", ("my_host-1.internal", 8443)),
    ],
)
def test_an_endpoint_s_address_is_the_one_that_any_parser_finds(
    url: str, address: tuple[str, int]
) -> None:
    found = endpoint("sts", "eu-west-1", {"AWS_ENDPOINT_URL": url})
    parts = urlsplit(url)

    assert found.address == address
    assert address == (parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme])
    assert urlsplit(found.url).path == (parts.path or "/")
    assert urlsplit(found.url).netloc == found.host
