"""The four documents of a bootstrap, filled from `infra/policies/`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devstack.aws.iam.template import filled
from wif.wanted import Wanted

_POLICIES = Path(__file__).resolve().parent.parent / "policies"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """What is attached to what, as parsed JSON."""

    trust: Any
    """Who may take the deployment role on."""
    role: Any
    """What the deployment role may do."""
    bucket: Any
    """What nobody may do to the bucket of the state."""


def documents_of(wanted: Wanted) -> Documents:
    """Return the documents for one environment."""
    trust = "deploy-trust-prefix.json" if wanted.ref.prefix else "deploy-trust.json"
    return Documents(
        trust=_filled(trust, wanted),
        role=_filled("deploy-role.json", wanted),
        bucket=_filled("state-bucket.json", wanted),
    )


def _filled(name: str, wanted: Wanted) -> Any:
    values = {
        "PARTITION": wanted.partition,
        "ACCOUNT": wanted.account,
        "REGION": wanted.region,
        "PROVIDER_ARN": wanted.provider_arn,
        "ISSUER_HOST": wanted.issuer_host,
        "AUDIENCE": wanted.audience,
        "PROJECT": wanted.project,
        "REF_TYPE": wanted.ref.type.value,
        "REF": wanted.ref.name,
        "STATE_BUCKET": wanted.bucket,
        "DEPLOY_ROLE": wanted.role,
    }
    return json.loads(filled((_POLICIES / name).read_text(encoding="utf-8"), values))
