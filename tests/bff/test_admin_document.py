"""Where there are administrators at all, and what the OpenAPI document says of them."""

from pathlib import Path

from bff.admin.routes import router
from bff.app import create_app
from bff.settings import load_settings
from fakes.proxy.asgi import ask, problem_of
from fakes.proxy.browser import FETCH, Browser
from fakes.proxy.office import (
    Office,
    admin_issuer,
    office,
    settings_changes,
)

__all__ = ["admin_issuer", "office", "settings_changes"]

ON_A_TENANT = [
    ("POST", "/admin/tenants/{}/suspend"),
    ("POST", "/admin/tenants/{}/resume"),
    ("DELETE", "/admin/tenants/{}/sessions"),
]


async def test_without_an_issuer_there_is_no_administration(office: Office, tmp_path: Path) -> None:
    variables = dict(office.house.environment)
    del variables["BFF_ADMIN_ISSUER"], variables["BFF_ADMIN_AUDIENCE"]
    variables["BFF_STORE"] = f"sqlite:{tmp_path / 'other.db'}"
    app = create_app(load_settings(variables), variables)
    bearer = [("Authorization", f"Bearer {office.token()}")]

    for method, path in [
        ("GET", "/admin/tenants"),
        *((method, path.format("acme")) for method, path in ON_A_TENANT),
        ("DELETE", office.person_at()),
    ]:
        answer = await ask(app, method, path, bearer)
        assert (answer.status, problem_of(answer)["code"]) == (404, "not_found")
    assert not [path for path in app.openapi()["paths"] if path.startswith("/admin")]  # type: ignore[attr-defined]  # any JSON
    await (await app.gate()).close()


async def test_mounted_by_mistake_it_is_still_not_there(office: Office, tmp_path: Path) -> None:
    variables = dict(office.house.environment)
    del variables["BFF_ADMIN_ISSUER"], variables["BFF_ADMIN_AUDIENCE"]
    variables["BFF_STORE"] = f"sqlite:{tmp_path / 'other.db'}"
    app = create_app(load_settings(variables), variables)
    app.include_router(router)

    answer = await ask(
        app,
        "POST",
        "/admin/tenants/acme/suspend",
        [("Authorization", f"Bearer {office.token()}")],
    )

    assert (answer.status, problem_of(answer)["code"]) == (404, "not_found")
    await (await app.gate()).close()


async def test_the_document_says_what_administrators_may(office: Office, alice: Browser) -> None:
    described = (await alice.fetch("GET", "/api/openapi.json", headers=FETCH)).json

    paths = {
        (method, path)
        for path, item in described["paths"].items()
        for method in item
        if path.startswith("/admin")
    }
    assert paths == {
        ("get", "/admin/tenants"),
        ("post", "/admin/tenants/{tenant}/suspend"),
        ("post", "/admin/tenants/{tenant}/resume"),
        ("delete", "/admin/tenants/{tenant}/sessions"),
        ("delete", "/admin/subjects/sessions"),
    }
    for method, path in paths:
        operation = described["paths"][path][method]
        assert operation["security"] == [{"administrator": []}]
        assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        assert "default" in operation["responses"]
        names = {one["name"] for one in operation.get("parameters", [])}
        assert "x-csrf" not in names
    assert described["components"]["securitySchemes"]["administrator"]["scheme"] == "bearer"
    person = described["paths"]["/admin/subjects/sessions"]["delete"]["parameters"]
    assert {one["name"]: one["required"] for one in person} == {
        "issuer": True,
        "sub": True,
        "tenant": False,
    }
