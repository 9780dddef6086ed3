"""Where a service of AWS is: named by the environment, else by its region.

The variables are those of every AWS SDK ("Service-specific endpoints", AWS SDKs and Tools
Reference Guide). Proven against botocore's own rules for every region that it knows.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from trust.errors import SettingsError

Api = Literal["dynamodb", "sts", "bedrock-agentcore"]
"""A service that is called: its name in a signature's scope and in its host's name."""

_SUFFIXES = (
    # A region's partition is told by its first words: the longer ones come first.
    ("cn-", "amazonaws.com.cn"),
    ("eusc-", "amazonaws.eu"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("", "amazonaws.com"),
)

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Endpoint(NamedTuple):
    """Where calls go: `host` is the Host header as it is sent, and signed."""

    scheme: str
    host: str
    path: str

    @property
    def url(self) -> str:
        """The URL to which an API's calls are posted."""
        return f"{self.scheme}://{self.host}{self.path}"


def endpoint(api: Api, region: str, environment: Mapping[str, str]) -> Endpoint:
    """Return where `api` is called. Raises SettingsError."""
    for name in _variables(api, environment):
        named = environment.get(name, "").strip()
        if named:
            return _parsed(name, named)
    if not _is_region(region):
        raise SettingsError([f"AWS_REGION {region!r} is no name of a region, such as eu-west-1"])
    return Endpoint(scheme="https", host=_host(api, region, environment), path="/")


def _is_region(name: str) -> bool:
    # One label of a host's name, or more of that host would be of the name's choosing.
    parts = name.split("-")
    return (
        name.isascii()
        and len(parts) > 1
        and all((p.isalnum() and p.islower()) or p.isdigit() for p in parts)
    )


def _variables(api: Api, environment: Mapping[str, str]) -> tuple[str, ...]:
    if environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ()
    return f"AWS_ENDPOINT_URL_{api.upper().replace('-', '_')}", "AWS_ENDPOINT_URL"


def _host(api: Api, region: str, environment: Mapping[str, str]) -> str:
    suffix = next(suffix for words, suffix in _SUFFIXES if region.startswith(words))
    fips = environment.get("AWS_USE_FIPS_ENDPOINT", "").lower() == "true"
    # In GovCloud these services' plain endpoints are the validated ones.
    name = f"{api}-fips" if fips and not region.startswith("us-gov-") else api
    return f"{name}.{region}.{suffix}"


def _parsed(name: str, url: str) -> Endpoint:
    """Read an endpoint that was named. Raises SettingsError."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc or parts.query:
        raise SettingsError([f"{name} is no URL such as https://dynamodb.eu-west-1.amazonaws.com"])
    shown = f"[{host}]" if ":" in host else host
    if port not in {None, _DEFAULT_PORTS[parts.scheme]}:
        shown = f"{shown}:{port}"
    return Endpoint(scheme=parts.scheme, host=shown, path=parts.path or "/")
