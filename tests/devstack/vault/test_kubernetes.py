"""Logging in with a service account's token, as a cluster projects them."""

from collections.abc import Mapping

import pytest
from hvac.exceptions import Forbidden, InternalServerError, InvalidRequest
from joserfc.jwk import ECKey

from fakes.clock import NOW
from fakes.vault import RunningVault
from fakes.vault_client import Client
from fakes.vault_issuer import Issuer

ACCOUNT = {"namespace": "prod", "serviceaccount": {"name": "gatehouse", "uid": "u-1"}}
GOOD: Mapping[str, object] = {
    "aud": ["vault"],
    "exp": NOW + 600,
    "iat": NOW,
    "iss": "https://kubernetes.default.svc",
    "kubernetes.io": ACCOUNT,
    "sub": "system:serviceaccount:prod:gatehouse",
}


@pytest.fixture
def cluster(running: RunningVault, nobody: Client) -> Client:
    running.method("kubernetes")
    running.write(
        "auth/kubernetes/config",
        kubernetes_host="https://kubernetes.default.svc",
        pem_keys=[running.issuer.pem],
    )
    running.write(
        "auth/kubernetes/role/gate",
        bound_service_account_names=["gatehouse"],
        bound_service_account_namespaces=["prod"],
        audience="vault",
        token_policies=["p"],
        token_ttl="15m",
    )
    return nobody.auth.kubernetes


def test_the_service_account_gets_a_token(running: RunningVault, cluster: Client) -> None:
    auth = cluster.login("gate", running.issuer.token(**GOOD))["auth"]

    assert (auth["policies"], auth["lease_duration"]) == (["default", "p"], 900)
    assert auth["metadata"]["service_account_name"] == "gatehouse"
    assert auth["metadata"]["service_account_namespace"] == "prod"


def other_account(**changed: str) -> Mapping[str, object]:
    name, space = changed.get("name", "gatehouse"), changed.get("namespace", "prod")
    account = {"namespace": space, "serviceaccount": {"name": name, "uid": "u-2"}}
    return {"kubernetes.io": account, "sub": f"system:serviceaccount:{space}:{name}"}


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        pytest.param({"aud": ["api"]}, "permission denied", id="for the cluster itself"),
        pytest.param({"exp": NOW - 1}, "permission denied", id="over"),
        pytest.param({"kubernetes.io": {}}, "permission denied", id="of no account"),
        pytest.param({"kubernetes.io": "x"}, "permission denied", id="of a text"),
        pytest.param({"sub": "system:serviceaccount:prod:x"}, "permission denied", id="of two"),
        pytest.param(other_account(name="x"), "name not authorized", id="another account"),
        pytest.param(other_account(namespace="x"), "namespace not auth", id="another namespace"),
    ],
)
def test_another_token_is_refused(
    changed: Mapping[str, object], text: str, running: RunningVault, cluster: Client
) -> None:
    with pytest.raises(Forbidden, match=text):
        cluster.login("gate", running.issuer.token(**{**GOOD, **changed}))


def test_a_token_of_another_cluster_is_refused(cluster: Client) -> None:
    other = Issuer(key=ECKey.generate_key("P-256"))

    with pytest.raises(Forbidden, match="permission denied"):
        cluster.login("gate", other.token(**GOOD))


def test_the_issuer_has_to_be_the_one_that_is_configured(
    running: RunningVault, cluster: Client
) -> None:
    host = "https://kubernetes.default.svc"
    pems = [running.issuer.pem]
    running.write("auth/kubernetes/config", kubernetes_host=host, pem_keys=pems, issuer="other")

    with pytest.raises(Forbidden):
        cluster.login("gate", running.issuer.token(**GOOD))

    assert running.read("auth/kubernetes/config")["data"]["issuer"] == "other"


def test_a_role_without_an_audience_takes_any(running: RunningVault, cluster: Client) -> None:
    running.write(
        "auth/kubernetes/role/any",
        bound_service_account_names="gate*",
        bound_service_account_namespaces="*",
    )

    assert cluster.login("any", running.issuer.token(**{**GOOD, "aud": ["api"]}))


def test_an_unknown_role_is_refused(running: RunningVault, cluster: Client) -> None:
    with pytest.raises(InvalidRequest, match='invalid role name "other"'):
        cluster.login("other", running.issuer.token(**GOOD))


@pytest.mark.parametrize(
    ("fields", "text"), [({"role": "gate"}, "missing jwt"), ({"jwt": "x"}, "missing role")]
)
def test_both_have_to_be_given(
    fields: Mapping[str, str], text: str, cluster: Client, nobody: Client
) -> None:
    with pytest.raises(InvalidRequest, match=text):
        nobody.adapter.post("/v1/auth/kubernetes/login", json=fields)


def test_without_a_configuration_nobody_logs_in(running: RunningVault, nobody: Client) -> None:
    running.method("kubernetes")
    names = {"bound_service_account_names": "a", "bound_service_account_namespaces": "b"}
    running.write("auth/kubernetes/role/gate", **names)

    with pytest.raises(InternalServerError, match="could not load backend configuration"):
        nobody.auth.kubernetes.login("gate", "x")


@pytest.mark.parametrize(
    ("path", "fields", "text"),
    [
        ("config", {"pem_keys": []}, "no host"),
        ("config", {"kubernetes_host": "https://x"}, "pem_keys"),
        ("role/r", {"bound_service_account_namespaces": "a"}, "names"),
        ("role/r", {"bound_service_account_names": "a"}, "namespaces"),
        (
            "role/r",
            {"bound_service_account_names": "*", "bound_service_account_namespaces": "*"},
            "can not both be",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    path: str, fields: Mapping[str, object], text: str, running: RunningVault, root: Client
) -> None:
    running.method("kubernetes")

    with pytest.raises(InvalidRequest, match=text):
        root.adapter.post(f"/v1/auth/kubernetes/{path}", json=fields)


def test_a_role_is_read_as_it_was_written(cluster: Client, root: Client) -> None:
    read = root.auth.kubernetes.read_role("gate")

    assert read["bound_service_account_names"] == ["gatehouse"]
    assert read["audience"] == "vault"
