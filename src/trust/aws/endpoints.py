"""Where a service of AWS is: named by the environment, else by its region.

The variables are those of every AWS SDK ("Service-specific endpoints", AWS SDKs and Tools
Reference Guide). Proven against botocore's own rules for every region that it knows.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

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

_DEFAULT_PORTS = {"http": "80", "https": "443"}

_NO_PATH = frozenset(" ?#\\")
"""What a path that calls are posted to does not have: a query or a fragment would begin here."""


class Endpoint(NamedTuple):
    """Where calls go: `host` is the Host header as it is sent, and signed."""

    scheme: str
    host: str
    path: str

    @property
    def url(self) -> str:
        """The URL to which an API's calls are posted."""
        return f"{self.scheme}://{self.host}{self.path}"

    @property
    def address(self) -> tuple[str, int]:
        """The name or address to connect to, and the port."""
        host, port = _host_and_port(self.host)
        return host.strip("[]"), int(port or _DEFAULT_PORTS[self.scheme])


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
    """Read an endpoint that was named. Raises SettingsError.

    By hand, since a parser of all URLs is much to load for these: scheme, host, port and path.
    """
    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    authority, _, path = rest.partition("/")
    host, port = _host_and_port(authority)
    if scheme not in _DEFAULT_PORTS or not host or set(path) & _NO_PATH or not url.isprintable():
        raise SettingsError([f"{name} is no URL such as https://dynamodb.eu-west-1.amazonaws.com"])
    shown = host if port in {"", _DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    return Endpoint(scheme=scheme, host=shown, path=f"/{path}")


def _host_and_port(authority: str) -> tuple[str, str]:
    """Return a host's name, address or bracketed address, and its port; "" for what is none."""
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        host, port = authority, ""
    elif not (port.isascii() and port.isdigit() and len(port) < 6 and int(port) < 65536):  # noqa: PLR2004 16 bits
        return "", ""
    bracketed = host.startswith("[") and host.endswith("]")
    name = host[1:-1].replace(":", "") if bracketed else host
    plain = name.isascii() and name.replace(".", "").replace("-", "").replace("_", "").isalnum()
    return (host.lower(), port.lstrip("0")) if plain else ("", "")
