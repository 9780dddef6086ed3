"""What the Dockerfile promises, as far as it can be read off it."""

import re

import pytest

from events.dockerfile import (
    ARGUMENTS,
    CHECKOUT,
    FINAL,
    STAGES,
    context_copies,
    environment_of,
    is_ignored,
)

EVERYWHERE = "0.0.0.0"  # noqa: S104 inside a container; nothing is bound here
KEPT_OUT = (
    ".git/config",
    ".venv/bin/python",
    ".gatehouse/state.json",
    ".env",
    "gatehouse.db",
    "session-keys.json",
    "spa/node_modules/esbuild/package.json",
    "spa/dist/index.html",
    "spa/test/events.test.ts",
    "src/devstack/aws/gateway.py",
    "src/devstack/idp/node_modules/koa/index.js",
    "src/trust/__pycache__/clock.cpython-313.pyc",
    "src/trust/session/__pycache__/ids.cpython-313.pyc",
    "requirements/dev.txt",
    "tests/docker/test_dockerfile.py",
    "infra/main.tf",
)


def test_there_are_three_stages_and_the_last_one_is_the_image() -> None:
    assert [stage.name for stage in STAGES] == ["spa", "python", "final"]
    assert [stage.base for stage in STAGES] == [
        "${NODE_IMAGE}",
        "${PYTHON_IMAGE}",
        "${PYTHON_IMAGE}",
    ]


@pytest.mark.parametrize("name", ["PYTHON_IMAGE", "NODE_IMAGE"])
def test_base_images_are_pinned_to_a_version(name: str) -> None:
    assert re.fullmatch(r"(python|node):\d+\.\d+\.\d+(-[a-z]+)+", ARGUMENTS[name])


def test_nothing_is_fetched_but_by_the_two_package_managers() -> None:
    for stage in STAGES:
        assert not stage.every("ADD")
        for run in stage.every("RUN"):
            assert not re.search(r"https?:|curl|wget|apt-get|git ", run.text)


def test_packages_are_those_of_the_locks() -> None:
    installing = [
        run.text for stage in STAGES for run in stage.every("RUN") if "install" in run.text
    ]
    (pip,) = installing

    assert "--require-hashes" in pip
    assert "--only-binary :all:" in pip
    assert STAGES[1].every("COPY")[0].arguments == ["requirements/bff.txt", "./"]
    assert [run.text for run in STAGES[0].every("RUN")] == ["npm ci", "npm run build"]


def test_the_lock_has_a_hash_for_every_package() -> None:
    text = (CHECKOUT / "requirements/bff.txt").read_text(encoding="utf-8").replace("\\\n", "")
    packages = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]

    assert len(packages) > 10
    assert all("==" in line and "--hash=sha256:" in line for line in packages)


def test_the_final_stage_runs_nothing_so_it_has_no_compiler_and_no_npm() -> None:
    assert not FINAL.every("RUN")
    assert [(copy.options["from"], *copy.arguments) for copy in FINAL.every("COPY")] == [
        ("python", "/app/venv", "/app/venv"),
        ("python", "/app/src", "/app/src"),
        ("spa", "/build/spa/dist", "/app/spa"),
    ]


def test_the_process_is_nobody_and_owns_nothing() -> None:
    user, _, group = FINAL.only("USER").text.partition(":")

    assert int(user) >= 10_000
    assert int(group) >= 10_000
    assert not any("chown" in copy.options for copy in FINAL.every("COPY"))


def test_the_process_gets_its_signals_itself() -> None:
    assert FINAL.only("STOPSIGNAL").text == "SIGTERM"
    assert FINAL.only("ENTRYPOINT").arguments == ["python", "-m", "bff.command"]
    assert FINAL.only("ENTRYPOINT").is_exec
    assert FINAL.only("CMD").arguments == f"serve --host {EVERYWHERE} --port 8080".split()
    assert FINAL.only("CMD").is_exec


def test_the_health_check_asks_for_life_and_not_for_a_page() -> None:
    assert "http://127.0.0.1:8080/healthz'" in FINAL.only("HEALTHCHECK").text


def test_python_finds_our_code_and_writes_no_bytecode() -> None:
    environment = environment_of(FINAL)

    assert environment["PYTHONPATH"] == "/app/src"
    assert environment["PYTHONDONTWRITEBYTECODE"] == "1"
    assert environment["BFF_SPA"] == "/app/spa"
    assert environment["PATH"].startswith("/app/venv/bin:")


def test_no_secret_is_baked_in() -> None:
    named = re.compile(r"SECRET|PASSWORD|TOKEN|CREDENTIAL|_KEY", re.IGNORECASE)
    for instruction in (found for stage in STAGES for found in stage.instructions):
        if instruction.word in {"ARG", "ENV"}:
            assert not named.search(instruction.text)
        assert "secret" not in instruction.options


@pytest.mark.parametrize("path", KEPT_OUT)
def test_what_has_no_business_in_a_build_is_kept_out(path: str) -> None:
    assert is_ignored(path)


def test_everything_that_is_copied_is_there_and_let_through() -> None:
    for _, sources, _ in context_copies():
        for source in sources:
            found = CHECKOUT / source
            assert found.exists(), source
            files = [found, *found.rglob("*")]
            written = [file for file in files if file.is_file() and "__pycache__" not in file.parts]
            assert written, source
            for file in written:
                assert not is_ignored(file.relative_to(CHECKOUT).as_posix()), file
