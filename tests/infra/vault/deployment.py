"""One deployment of the module, and another beside it."""

from typing import Any

BFF_ID = "spiffe://example.org/gatehouse/bff"
RESEARCH_ID = "spiffe://example.org/gatehouse/research"
ACCOUNT = "arn:aws:iam::123456789012:role"

VARIABLES: dict[str, Any] = {
    "app_id": "demo",
    "vault_address": "https://vault.example.org:8200",
    "bff": {"spiffe_id": BFF_ID},
    "agents": {
        "research": {
            "spiffe_id": RESEARCH_ID,
            "database": {
                "connection": "notes",
                "creation_statements": ["CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}'"],
            },
        },
        "titanic": {
            "iam_principal_arns": [f"{ACCOUNT}/gatehouse-titanic"],
            "aws_role_arns": [f"{ACCOUNT}/titanic-data"],
        },
        "b-c": {"service_account": {"namespace": "agents", "name": "b-c"}},
    },
    "spire": {"oidc_discovery_url": "https://oidc.example.org"},
    "aws_login": {"server_id": "vault.example.org"},
    "kubernetes": {"host": "https://kubernetes.example.org"},
}
