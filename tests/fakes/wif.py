"""One environment, as a bootstrap is asked for it."""

from wif.wanted import Ref, RefType, Wanted

WANTED = Wanted(
    environment="dev",
    issuer="https://gitlab.example",
    audience="sts.amazonaws.com",
    project="acme/gatehouse",
    ref=Ref(type=RefType.BRANCH, name="main"),
    bucket="acme-gatehouse-dev-state",
    region="eu-west-2",
    account="123456789012",
)
