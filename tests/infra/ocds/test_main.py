"""The command: what it builds, publishes, shows and withdraws, and how it ends."""

import base64
import json
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError

from ocds.__main__ import main
from ocds.arguments import WRONG_USE
from ocds.boto3_store import Store
from ocds.errors import PublishFailed
from ocds.package import Artifact

REGION = "eu-west-2"
PARAMETER = "/gatehouse/demo/dev/package/shop"
PUBLISH = ("--bucket", "packages", "--prefix", "/gatehouse/demo/dev", "--region", REGION)

Run = Callable[..., int]


@pytest.fixture
def run(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OCDS_FILES", raising=False)

    def command(verb: str, *more: str, bytecode: str = "--no-bytecode", entry: str = "") -> int:
        name = ("--name", "shop", "--source", "src", "--layout", "lambda")
        return main(
            [verb, *name, *([bytecode] if bytecode else []), *more, entry or "shop/handler.py"]
        )

    return command


@pytest.fixture
def account(empty_account: None) -> None:
    client("s3").create_bucket(
        Bucket="packages", CreateBucketConfiguration={"LocationConstraint": REGION}
    )


def client(service: str) -> Any:
    return cast("Any", boto3.session.Session(region_name=REGION)).client(service)


def out(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(capsys.readouterr().out)
    return facts


def test_a_build_is_written_by_its_contents(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build", "--json", "--output", "made") == 0

    facts = out(capsys)
    made = (tmp_path / "made" / facts["code"]["key"]).read_bytes()
    assert sha256(made).hexdigest() in facts["code"]["key"]
    assert base64.b64decode(facts["code"]["hash"]) == sha256(made).digest()
    assert facts["without"] == facts["unseen"] == []


def test_without_json_the_facts_are_lines_and_progress_is_not_among_them(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build") == 0

    said = capsys.readouterr()
    assert "name: shop" in said.out.splitlines()
    assert "ocds:" not in said.out
    assert "no bytecode is shipped" in said.err


def test_there_is_something_to_tell_of_a_package(
    run: Run,
    wheel: Callable[..., str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ocds.__main__.DIRECT", 10)
    text = "try:\n    import nowhere\nexcept ImportError:\n    import_module(said)\n"
    (tmp_path / "src" / "shop" / "late.py").write_text(text)
    (tmp_path / "lock.txt").write_text(wheel("stock", {"stock.py": "", "bad.py": "def"}))
    version = ".".join(map(str, sys.version_info[:2]))

    code = run(
        *("build", "--requirements", "lock.txt", "--layout", "runtime"),
        *("--python-version", version, "--python-for", f"{version}={sys.executable}"),
        bytecode="",
    )

    said = capsys.readouterr().err
    assert code == 0
    for line in (
        "fetching 1 packages for aarch64",
        "compiling 2 modules",
        "largest packages: stock 0.0 MB",
        "without bytecode: bad.py (SyntaxError",
        "shop/late.py:4 imports by a name made at run time",
        "shop/late.py:2: nowhere is not in the package",
        "too large for a direct upload",
    ):
        assert line in said


def test_files_come_from_the_disk_and_from_the_environment(
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "page.html").write_text("page")
    monkeypatch.setenv("OCDS_FILES", json.dumps({"registry.toml": "tenants = ['ä']"}))

    assert run("build", "--json", "--output", "made", "--file", "web/page.html=page.html") == 0

    made = (tmp_path / "made" / out(capsys)["code"]["key"]).read_bytes()
    assert "tenants = ['ä']".encode() in made
    assert b"web/page.html" in made


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--name", "Shop"), "--name has to be"),
        (("--source", "nowhere"), "--source has to be a folder"),
        (("--no-sources",), "leave nothing to run"),
        (("--python-version", "3.11"), "has to be one of 3.12, 3.13"),
        (("--layout", "runtime", "--architecture", "x86_64"), "runs on arm64"),
        (("--requirements", "nowhere.txt"), "nowhere.txt cannot be read"),
        (("--file", "page.html"), "--file has to be NAME=PATH"),
        (("--file", "a=nowhere"), "nowhere cannot be read"),
    ],
)
def test_a_wrong_argument_ends_with_64(
    run: Run, arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build", *arguments) == WRONG_USE
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("files", ["[]", "{", '{"a": 1}', "7"])
def test_files_that_are_no_object_of_texts_end_with_64(
    run: Run, files: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCDS_FILES", files)

    assert run("build") == WRONG_USE


def test_a_compiler_is_named_by_its_version(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("build", "--python-for", "nothing", bytecode="") == WRONG_USE
    assert run("build", "--python-for", "3.13=/nowhere/python", bytecode="") == 1
    assert "compiler_failed: there is no CPython 3.13 here" in capsys.readouterr().err


def test_an_unknown_argument_ends_with_64(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["build", "--wat"])

    assert ended.value.code == WRONG_USE
    assert capsys.readouterr().err.startswith("ocds: ")


def test_a_build_that_is_refused_ends_with_1_and_the_code(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("build", entry="shop/nothing.py") == 1
    assert "ocds: source_refused: shop/nothing.py" in capsys.readouterr().err


@pytest.mark.usefixtures("account")
def test_what_is_published_is_found_until_it_is_withdrawn(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("publish", *PUBLISH) == 0
    assert "ocds: uploaded" in capsys.readouterr().err
    assert run("publish", *PUBLISH) == 0
    assert "ocds: it is there" in capsys.readouterr().err

    assert main(["show", "--region", REGION, "--json", PARAMETER]) == 0
    manifest = out(capsys)
    assert manifest["bucket"] == "packages"
    assert manifest["layer"] is None

    for removed in (True, False):
        assert main(["withdraw", "--region", REGION, "--json", PARAMETER]) == 0
        assert out(capsys) == {"parameter": PARAMETER, "removed": removed}
    assert main(["show", "--region", REGION, PARAMETER]) == 1
    assert "publish_failed: the parameter" in capsys.readouterr().err

    # The zip stays, for whatever still runs it.
    found = client("s3").get_object(Bucket="packages", Key=manifest["code"]["key"])
    assert sha256(found["Body"].read()).hexdigest() in manifest["code"]["key"]


@pytest.mark.usefixtures("account")
def test_a_layer_is_published_without_a_look_at_the_code(
    run: Run,
    wheel: Callable[..., str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "lock.txt").write_text(wheel("stock", {"stock.py": ""}))
    lock = ("--requirements", "lock.txt", "--json")

    assert run("publish", "--dependencies", *lock, *PUBLISH, entry="not/read.py") == 0
    alone = out(capsys)
    assert run("publish", *lock, *PUBLISH) == 0
    whole = out(capsys)

    assert "code" not in alone
    assert alone["layer"] == whole["layer"]
    assert Store(REGION).read(f"{PARAMETER}/layer") == alone
    assert Store(REGION).read(PARAMETER) == whole


@pytest.mark.parametrize("arguments", [(), ("--layout", "runtime", "--requirements", "lock.txt")])
def test_there_is_no_layer_of_a_runtime_nor_of_no_lock(
    run: Run, arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "lock.txt").write_text("one==1")

    assert run("publish", "--dependencies", *PUBLISH, *arguments) == WRONG_USE
    assert "else no layer" in capsys.readouterr().err


ZIP = Artifact(key="shop/code/1.zip", data=b"the zip", unpacked=7)


class Answering:
    """An AWS that answers each operation with one error, or with facts."""

    def __init__(self, **answers: str | dict[str, Any]) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        answer = self._answers.get(operation, {})

        def answered(**_: object) -> dict[str, Any]:
            if isinstance(answer, str):
                raise ClientError({"Error": {"Code": answer}}, operation)
            return answer

        return answered


def store(**answers: str | dict[str, Any]) -> Store:
    def opened(*_: str) -> Answering:
        return Answering(**answers)

    return Store(REGION, opened)


@pytest.mark.parametrize(
    "found",
    [
        {"ContentLength": 8},
        {"ContentLength": 7, "ChecksumSHA256": "another"},
        {"ContentLength": 8, "ChecksumSHA256": ZIP.hash},
    ],
)
def test_an_object_that_is_not_what_its_name_says_is_refused(found: dict[str, Any]) -> None:
    with pytest.raises(PublishFailed, match="not what its name says"):
        store(head_object=found).upload("packages", ZIP)


@pytest.mark.parametrize("hashed", [{}, {"ChecksumSHA256": ZIP.hash}])
def test_what_is_there_is_not_uploaded(hashed: dict[str, Any]) -> None:
    there = {"ContentLength": 7, **hashed}

    assert store(head_object=there, put_object="500").upload("packages", ZIP) is False


@pytest.mark.parametrize("code", ["404", "403", "AccessDenied", "NoSuchKey"])
def test_what_is_not_seen_is_uploaded_and_who_comes_second_leaves_it(code: str) -> None:
    assert store(head_object=code).upload("packages", ZIP) is True
    assert store(head_object=code, put_object="PreconditionFailed").upload("packages", ZIP) is False


@pytest.mark.parametrize(
    "answers", [{"head_object": "500"}, {"head_object": "404", "put_object": "AccessDenied"}]
)
def test_what_s3_refuses_is_an_error(answers: dict[str, str]) -> None:
    with pytest.raises(PublishFailed, match=r"s3://packages/shop/code/1\.zip was not written"):
        store(**answers).upload("packages", ZIP)


def test_what_ssm_refuses_is_an_error() -> None:
    refusing = store(put_parameter="500", get_parameter="500", delete_parameter="500")

    with pytest.raises(PublishFailed, match="was not written"):
        refusing.write(PARAMETER, {})
    with pytest.raises(PublishFailed, match="cannot be read"):
        refusing.read(PARAMETER)
    with pytest.raises(PublishFailed, match="was not removed"):
        refusing.forget(PARAMETER)


def test_a_manifest_that_is_none_is_refused() -> None:
    with pytest.raises(PublishFailed, match="holds no manifest"):
        store(get_parameter={"Parameter": {"Value": "no JSON"}}).read(PARAMETER)


def test_a_manifest_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(PublishFailed, match="a parameter takes 4096"):
        store().write(PARAMETER, {"name": "x" * 4096})
