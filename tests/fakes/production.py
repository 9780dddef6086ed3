"""The least that a deployment in production has to say about itself."""

PROD = {
    "BFF_PUBLIC_URL": "https://app.example.com",
    "BFF_APP_ID": "demo",
    "BFF_OIDC_ISSUER": "https://login.example.com",
    "BFF_OIDC_CLIENT_ID": "gatehouse",
    "BFF_OIDC_CLIENT_SECRET": "awssm:gatehouse#client",
    "BFF_TENANT_CLAIM": "org_id",
    "BFF_REGISTRY": "file:registry.toml",
    "BFF_STORE": "dynamodb:gatehouse-sessions",
    "BFF_SESSION_KEYS": "awssm:gatehouse#keys",
    "AWS_REGION": "eu-central-1",
}
