"""What is where: mounts, namespaces, policies, and the paths that lead to them."""

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import httpx
import hvac
import pytest
from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest

from fakes.vault import RunningVault, Unprepared
from fakes.vault_client import NO_TLS, As, Client

READ_ALL = 'path "*" { capabilities = ["read", "list"] }'


def test_engines_and_methods_are_listed(running: RunningVault, root: Client) -> None:
    running.engine("kv", "secret")
    running.method("jwt", "spire")

    engines = root.sys.list_mounted_secrets_engines()["data"]
    methods = root.sys.list_auth_methods()["data"]

    assert engines["secret/"]["type"] == "kv"
    assert engines["secret/"]["options"] == {"version": "2"}
    assert methods["spire/"]["accessor"].startswith("jwt_")
    assert set(methods) == {"spire/", "token/"}


def test_two_mounts_of_one_kind_know_nothing_of_each_other(
    running: RunningVault, root: Client
) -> None:
    running.put("app", mount="one", a="1")
    running.put("app", mount="two/deep", a="2")

    assert root.adapter.get("/v1/one/data/app")["data"]["data"] == {"a": "1"}
    assert root.adapter.get("/v1/two/deep/data/app")["data"]["data"] == {"a": "2"}


@pytest.mark.parametrize("path", ["secret", "secret/inner", "sys", "sys/x"])
def test_a_path_that_is_taken_is_refused(path: str, running: RunningVault, root: Client) -> None:
    running.engine("kv", "secret")

    with pytest.raises(InvalidRequest, match="already in use"):
        root.sys.enable_secrets_engine("transit", path=path)


def test_an_unknown_kind_is_refused(root: Client) -> None:
    with pytest.raises(InvalidRequest, match="plugin not found"):
        root.sys.enable_secrets_engine("made-up")
    with pytest.raises(InvalidRequest, match="plugin not found"):
        root.sys.enable_auth_method("kv")


def test_disabling_a_method_ends_the_tokens_that_it_gave(
    running: RunningVault, root: Client, nobody: Client
) -> None:
    running.jwt_role("r", "me")
    nobody.auth.jwt.jwt_login("r", running.jwt("me"))

    root.sys.disable_auth_method("jwt")

    with pytest.raises(Forbidden):
        nobody.auth.token.lookup_self()
    root.sys.disable_auth_method("jwt")
    for path in ("sys", "cubbyhole"):
        with pytest.raises(InvalidRequest, match="cannot unmount"):
            root.sys.disable_secrets_engine(path)


def test_a_mount_is_tuned_if_it_is_there(running: RunningVault, root: Client) -> None:
    running.method("jwt")
    root.sys.tune_auth_method("jwt", default_lease_ttl="1h")

    with pytest.raises(InvalidPath):
        root.sys.tune_mount_configuration("nothing", default_lease_ttl="1h")


def test_only_who_may_look_learns_that_there_is_nothing(
    running: RunningVault, root: Client, having: As, nobody: Client
) -> None:
    running.policy("p", 'path "there/*" { capabilities = ["read"] }')
    client = having(running.token("p"))

    for somebody in (root, client):
        with pytest.raises(InvalidPath, match="no handler for route"):
            somebody.adapter.get("/v1/there/data/x")
    for nobody_here in (client, nobody):
        with pytest.raises(Forbidden):
            nobody_here.adapter.get("/v1/nowhere/data/x")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "secret/made-up/x", 404),
        ("DELETE", "secret/config", 405),
        ("TRACE", "secret/config", 405),
        ("GET", "auth/jwt/login", 405),
    ],
)
def test_what_an_engine_does_not_do_is_said_by_the_status(
    method: str, path: str, status: int, running: RunningVault
) -> None:
    running.engine("kv", "secret")
    running.method("jwt")
    headers = {"x-vault-token": running.root_token}

    answer = httpx.request(method, f"{running.url}/v1/{path}", headers=headers, verify=NO_TLS)

    assert answer.status_code == status
    assert "errors" in answer.json()


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/v1/secret/data/a/../b", "/v1/secret/data/b"),
        ("/v1/secret/data/a/%2e%2e/b", "/v1/secret/data/b"),
        ("/v1/secret//data/b", "/v1/secret/data/b"),
        ("/v1/secret/data/./b", "/v1/secret/data/b"),
        ("/v1/secret/data/%2e%2e/%2e%2e/sys/seal", "/v1/sys/seal"),
    ],
)
def test_a_path_with_dots_is_sent_to_where_it_leads(
    target: str, location: str, running: RunningVault
) -> None:
    # As Go's server does: a client that follows reads something else than it was asked to.
    address = urlsplit(running.url)
    with closing(HTTPConnection(address.hostname or "", address.port, timeout=5)) as connection:
        # Most clients put a path in order before they send it; this one does not.
        connection.request("GET", target, headers={"X-Vault-Token": running.root_token})
        answer = connection.getresponse()
        answer.read()

    assert (answer.status, answer.headers["location"]) == (301, location)


def test_a_path_outside_of_the_api_is_not_found(running: RunningVault) -> None:
    assert httpx.get(f"{running.url}/ui/", verify=NO_TLS).status_code == 404
    assert httpx.get(f"{running.url}/v1/secret/data/%00", verify=NO_TLS).status_code == 400


@pytest.mark.parametrize("body", [b"no json", b"[]", b"7"])
def test_a_body_that_is_no_object_is_refused(body: bytes, running: RunningVault) -> None:
    headers = {"x-vault-token": running.root_token}
    url = f"{running.url}/v1/sys/policies/acl/p"

    answer = httpx.put(url, content=body, headers=headers)

    assert (answer.status_code, answer.json()) == (400, {"errors": ["error parsing JSON"]})


@pytest.mark.parametrize(
    "fields", [{"ttl": "soon"}, {"ttl": []}, {"num_uses": "x"}, {"renewable": 7}, {"meta": 1}]
)
def test_a_field_of_the_wrong_kind_is_refused(fields: dict[str, object], root: Client) -> None:
    with pytest.raises(InvalidRequest, match="error converting input"):
        root.adapter.post("/v1/auth/token/create", json=fields)


def test_a_listing_is_a_method_or_a_parameter(running: RunningVault) -> None:
    running.put("app", a="1")
    url, headers = f"{running.url}/v1/secret/metadata", {"x-vault-token": running.root_token}

    for answer in (
        httpx.request("LIST", url, headers=headers, verify=NO_TLS),
        httpx.get(f"{url}/?list=true", headers=headers, verify=NO_TLS),
    ):
        assert answer.json()["data"]["keys"] == ["app"]


def test_a_cubbyhole_is_the_tokens_own(running: RunningVault, having: As, root: Client) -> None:
    mine = having(running.token("p"))
    mine.adapter.post("/v1/cubbyhole/x", json={"a": "1"})

    assert mine.adapter.get("/v1/cubbyhole/x")["data"] == {"a": "1"}
    for other in (having(running.token("p")), root):
        with pytest.raises(InvalidPath):
            other.adapter.get("/v1/cubbyhole/x")
    mine.adapter.delete("/v1/cubbyhole/x")
    with pytest.raises(InvalidPath):
        mine.adapter.get("/v1/cubbyhole/x")


def test_policies_are_written_read_listed_and_deleted(
    running: RunningVault, root: Client, having: As
) -> None:
    running.put("app", a="1")
    root.sys.create_or_update_policy("p", READ_ALL)
    client = having(running.token("p"))
    client.adapter.get("/v1/secret/data/app")

    assert root.sys.read_policy("p")["data"]["rules"] == READ_ALL
    assert root.sys.read_acl_policy("p")["data"]["policy"] == READ_ALL
    assert root.sys.list_policies()["data"]["policies"] == ["default", "p", "root"]
    assert root.sys.list_acl_policies()["data"]["keys"] == ["default", "p", "root"]
    root.sys.delete_policy("p")
    # The token still says that it has it.
    with pytest.raises(Forbidden):
        client.adapter.get("/v1/secret/data/app")
    with pytest.raises(InvalidPath):
        root.sys.read_policy("p")


@pytest.mark.parametrize("name", ["root", "response-wrapping"])
def test_policies_of_vaults_own_are_not_changed(name: str, root: Client) -> None:
    with pytest.raises(InvalidRequest, match="cannot update"):
        root.sys.create_or_update_policy(name, READ_ALL)
    with pytest.raises(InvalidRequest, match="cannot delete"):
        root.sys.delete_policy(name)


@pytest.mark.parametrize("text", ["", 'path "x" {', 'path "x" { capabilities = ["fly"] }'])
def test_a_policy_that_cannot_be_read_is_refused(text: str, root: Client) -> None:
    with pytest.raises(InvalidRequest, match="polic"):
        root.sys.create_or_update_policy("p", text)


def test_what_one_may_do_can_be_asked(running: RunningVault, root: Client, having: As) -> None:
    running.policy("p", 'path "secret/data/a" { capabilities = ["read", "update"] }')
    token = running.token("p")

    own = having(token).sys.get_capabilities(paths=["secret/data/a", "secret/data/b"])["data"]
    of_token = root.sys.get_capabilities(paths=["secret/data/a"], token=token)["data"]

    assert own["secret/data/a"] == ["read", "update"]
    assert own["secret/data/b"] == ["deny"]
    assert of_token["capabilities"] == ["read", "update"]
    assert root.sys.get_capabilities(paths=["x"])["data"]["capabilities"] == ["root"]
    with pytest.raises(Forbidden, match="bad token"):
        root.sys.get_capabilities(paths=["x"], token="made-up")
    with pytest.raises(InvalidRequest, match="paths must be supplied"):
        root.adapter.post("/v1/sys/capabilities-self", json={})


def test_a_denial_wins_over_everything(running: RunningVault, having: As) -> None:
    running.put("app", a="1")
    running.policy("all", READ_ALL)
    running.policy("not", 'path "secret/data/app" { capabilities = ["deny"] }')

    with pytest.raises(Forbidden):
        having(running.token("all", "not")).adapter.get("/v1/secret/data/app")


def test_a_policy_says_which_parameters_and_values_are_right(
    running: RunningVault, having: As
) -> None:
    running.engine("transit")
    running.write("transit/keys/k", type="ecdsa-p256")
    running.policy(
        "p",
        'path "transit/sign/k" { capabilities = ["update"] required_parameters = ["input"] '
        'allowed_parameters = { "input" = [], "key_version" = [1] } }',
    )
    transit = having(running.token("p")).adapter

    transit.post("/v1/transit/sign/k", json={"input": "aGk=", "key_version": 1})
    for fields in ({"key_version": 1}, {"input": "aGk=", "key_version": 2}, {"input": "", "x": 1}):
        with pytest.raises(Forbidden):
            transit.post("/v1/transit/sign/k", json=fields)


def test_a_namespace_has_mounts_tokens_and_policies_of_its_own(
    running: RunningVault, root: Client, having: As
) -> None:
    running.put("app", a="root")
    running.write("sys/namespaces/acme")
    running.write("acme/sys/mounts/secret", type="kv-v2")
    running.write("acme/secret/data/app", data={"a": "acme"})
    running.write("acme/sys/policies/acl/p", policy=READ_ALL)
    inner = hvac.Client(url=running.url, namespace="acme", token=running.root_token)
    token = inner.auth.token.create(policies=["p"], no_parent=True)["auth"]["client_token"]
    inner.token = token

    assert inner.adapter.get("/v1/secret/data/app")["data"]["data"] == {"a": "acme"}
    assert root.adapter.get("/v1/acme/secret/data/app")["data"]["data"] == {"a": "acme"}
    assert root.adapter.get("/v1/secret/data/app")["data"]["data"] == {"a": "root"}
    with pytest.raises(Forbidden):
        having(token).adapter.get("/v1/secret/data/app")
    assert root.adapter.list("/v1/sys/namespaces")["data"]["keys"] == ["acme/"]
    inner.adapter.close()


def test_a_token_of_the_root_may_be_let_into_a_namespace(running: RunningVault, having: As) -> None:
    running.write("sys/namespaces/acme")
    running.write("acme/sys/mounts/secret", type="kv-v2")
    running.write("acme/secret/data/app", data={"a": "acme"})
    running.policy("p", 'path "acme/secret/data/*" { capabilities = ["read"] }')

    read = having(running.token("p")).adapter.get("/v1/acme/secret/data/app")

    assert read["data"]["data"] == {"a": "acme"}


def test_a_namespace_that_goes_takes_everything_along(running: RunningVault, root: Client) -> None:
    with pytest.raises(InvalidPath):
        root.adapter.list("/v1/sys/namespaces")
    running.write("sys/namespaces/acme")
    running.write("acme/sys/mounts/database", type="database")
    running.write("acme/database/config/db", plugin_name="x", allowed_roles="*")
    running.write("acme/database/roles/app", db_name="db")
    running.read("acme/database/creds/app")
    assert len(running.database_users) == 1

    running.delete("sys/namespaces/acme")

    assert running.leases == ()
    headers = {"x-vault-namespace": "acme", "x-vault-token": running.root_token}
    answer = httpx.get(f"{running.url}/v1/sys/mounts", headers=headers, verify=NO_TLS)
    assert (answer.status_code, answer.json()["errors"]) == (404, ["namespace not found"])


def test_a_lease_of_another_namespace_is_not_there(running: RunningVault, root: Client) -> None:
    running.write("sys/namespaces/acme")
    running.write("acme/sys/mounts/database", type="database")
    running.write("acme/database/config/db", plugin_name="x", allowed_roles="*")
    running.write("acme/database/roles/app", db_name="db")
    lease = running.read("acme/database/creds/app")["lease_id"]

    with pytest.raises(InvalidRequest, match="invalid lease"):
        root.sys.read_lease(lease)
    with pytest.raises(InvalidRequest, match="lease not found"):
        root.sys.renew_lease(lease)
    root.sys.revoke_lease(lease)
    root.sys.revoke_prefix("database/creds/app")
    assert len(running.database_users) == 1
    running.write("acme/sys/leases/revoke", lease_id=lease)
    assert not running.database_users


def test_what_cannot_be_prepared_is_said_at_once(running: RunningVault) -> None:
    with pytest.raises(Unprepared, match="404"):
        running.read("nowhere")
