"""What a deployment needs before Terraform can run: who, from where, into which bucket."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

_PROJECT = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)+")
_REF = re.compile(r"[A-Za-z0-9_./-]+")
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]")
_ENVIRONMENTS = ("dev", "test", "prod")


class RefType(StrEnum):
    """What a pipeline runs for, as GitLab's `ref_type` claim spells it."""

    BRANCH = "branch"
    TAG = "tag"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """Which branch or tags may deploy.

    `prefix` stands for every ref that begins with `name`: `v` for tags `v1.2.3`. Without it only
    the ref of just this name counts, so that `main-of-somebody-else` is not `main`.
    """

    type: RefType
    name: str
    prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One environment, as it should be."""

    environment: str
    issuer: str
    audience: str
    project: str
    ref: Ref
    bucket: str
    region: str
    account: str

    @property
    def issuer_host(self) -> str:
        """The issuer without its scheme: how IAM names a provider and its condition keys."""
        return self.issuer.removeprefix("https://")

    @property
    def partition(self) -> str:
        """The partition of the region: `aws`, `aws-cn` or `aws-us-gov`."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    @property
    def provider_arn(self) -> str:
        """The OIDC provider's ARN, which IAM derives from its address."""
        return f"arn:{self.partition}:iam::{self.account}:oidc-provider/{self.issuer_host}"

    @property
    def role(self) -> str:
        """The name of the role that the pipeline takes on."""
        return f"gatehouse-deploy-{self.environment}"


def faults_of(wanted: Wanted) -> list[str]:
    """Return what is wrong with it, one line each; nothing when all is well."""
    address = urlsplit(wanted.issuer)
    checks = {
        "--environment is one of dev, test, prod": wanted.environment in _ENVIRONMENTS,
        "--issuer is an https address without query, fragment or a slash at its end": (
            address.scheme == "https"
            and bool(address.netloc)
            and not address.query
            and not address.fragment
            and not wanted.issuer.endswith("/")
        ),
        "--audience is not empty and holds none of * ? $": (
            bool(wanted.audience) and not set("*?$") & set(wanted.audience)
        ),
        # A pattern here would let other people's projects deploy.
        "--project is group/project, without patterns": bool(_PROJECT.fullmatch(wanted.project)),
        "the ref is a plain name, without patterns": bool(_REF.fullmatch(wanted.ref.name)),
        "--bucket is an S3 bucket's name": bool(_BUCKET.fullmatch(wanted.bucket)),
    }
    return [rule for rule, holds in checks.items() if not holds]
