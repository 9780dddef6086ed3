"""The two pipelines, read: what their jobs run exists, and no job holds a key."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package that nothing else needs

ROOT = Path(__file__).resolve().parents[3]
GITLAB = ROOT / ".gitlab-ci.yml"
GITHUB = ROOT / ".github" / "workflows" / "validate.yml"
RUN = ROOT / ".ci" / "run"
STAGES = ["plan", "deploy", "smoke-test"]
_VERB = re.compile(r"^make ([a-z-]+)")
_KEYS = re.compile(r"AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)|AKIA[0-9A-Z]{16}")


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def resolved(jobs: Any, name: str) -> Any:
    """Return a job with what it extends; the job's own words win, as GitLab does it."""
    job = jobs[name]
    parents = job.get("extends", [])
    merged: dict[str, Any] = {}
    for parent in [parents] if isinstance(parents, str) else parents:
        merged |= resolved(jobs, parent)
    return merged | job


def gitlab_jobs() -> dict[str, Any]:
    document = read(GITLAB)
    names = [name for name, job in document.items() if isinstance(job, dict) and ":" in name]
    return {name: resolved(document, name) for name in names}


def scripts() -> Iterator[tuple[str, str]]:
    for name, job in gitlab_jobs().items():
        yield from ((name, line) for line in job["script"])
    for name, job in read(GITHUB)["jobs"].items():
        yield from ((name, step["run"]) for step in job["steps"] if "run" in step)


def verbs() -> set[str]:
    makefiles = (ROOT / "Makefile", ROOT / "infra" / "targets.mk")
    text = "\n".join(path.read_text(encoding="utf-8") for path in makefiles)
    return set(re.findall(r"^([a-z-]+):(?!=)", text, flags=re.MULTILINE))


def test_every_job_runs_a_verb_of_the_makefile_and_nothing_else() -> None:
    unknown = [
        (job, line)
        for job, line in scripts()
        if (verb := _VERB.match(line)) is None or verb[1] not in verbs()
    ]

    assert not unknown
    assert len(list(scripts())) > 20


def run_by(jobs: Mapping[str, Any]) -> set[str]:
    lines = (line for job in jobs.values() for line in job["script"])
    return {verb[1] for line in lines if (verb := _VERB.match(line))}


def test_what_a_clean_clone_has_to_pass_both_pipelines_ask_for() -> None:
    (line,) = re.findall(r"^exec make (.*)$", RUN.read_text(encoding="utf-8"), re.MULTILINE)
    whole = {word for word in line.split() if not word.startswith("-")}
    targets = (ROOT / "infra" / "targets.mk").read_text(encoding="utf-8")
    parts = set(re.findall(r"^(infra-[a-z]+):.*\n\t@\$\(proof\) --only", targets, re.MULTILINE))
    github = {line for job, line in scripts() if job in read(GITHUB)["jobs"]}

    assert whole == {"infra", "check"}
    assert {f"make {verb}" for verb in whole} <= github
    # There, one job for each thing that `make infra` proves.
    assert len(parts) == 6
    assert {"check", *parts} <= run_by(gitlab_jobs())


def test_both_pipelines_try_the_same_pythons() -> None:
    versions = read(GITHUB)["jobs"]["check"]["strategy"]["matrix"]["python"]
    trying = [job for name, job in gitlab_jobs().items() if run_by({name: job}) & {"check", "test"}]

    assert len(trying) > 1
    for job in trying:
        assert job["parallel"]["matrix"] == [{"PYTHON": [f"python{one}" for one in versions]}]


@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_each_environment_is_planned_deployed_and_asked_in_this_order(environment: str) -> None:
    stages = read(GITLAB)["stages"]

    places = [stages.index(f"{stage}:{environment}") for stage in STAGES]

    assert places == sorted(places)
    for stage in STAGES:
        job = gitlab_jobs()[f"{stage}:{environment}"]
        assert job["environment"]["name"] == environment
        assert job["stage"] == f"{stage}:{environment}"


def test_jobs_that_reach_aws_log_in_by_an_id_token_for_sts() -> None:
    reaching = {
        name: job
        for name, job in gitlab_jobs().items()
        if re.match(r"(plan|deploy|smoke-test|drift):", name)
    }

    assert len(reaching) == 12
    for job in reaching.values():
        assert job["id_tokens"] == {"GATEHOUSE_ID_TOKEN": {"aud": "sts.amazonaws.com"}}


@pytest.mark.parametrize("path", [GITLAB, GITHUB])
def test_no_pipeline_holds_a_key(path: Path) -> None:
    assert not _KEYS.search(path.read_text(encoding="utf-8"))


def test_only_dev_is_deployed_without_a_hand_and_only_from_the_default_branch() -> None:
    def last_rule(environment: str) -> Any:
        return gitlab_jobs()[f"deploy:{environment}"]["rules"][-1]

    assert last_rule("dev") == {"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}
    assert last_rule("test") == {"if": r"$CI_COMMIT_BRANCH =~ /^release\//", "when": "manual"}
    assert last_rule("prod") == {"if": "$CI_COMMIT_TAG =~ /^v/", "when": "manual"}


def test_a_schedule_looks_for_drift_and_does_nothing_else() -> None:
    for name, job in gitlab_jobs().items():
        first = job["rules"][0]
        if name.startswith("drift:"):
            assert first["if"].startswith('$CI_PIPELINE_SOURCE == "schedule" && $DRIFT == ')
        else:
            assert first == {"if": '$CI_PIPELINE_SOURCE == "schedule"', "when": "never"}, name


def test_two_deployments_of_one_environment_never_overlap() -> None:
    for environment in ("dev", "test", "prod"):
        assert gitlab_jobs()[f"deploy:{environment}"]["resource_group"] == "$CI_ENVIRONMENT_NAME"


def test_the_github_workflow_deploys_nothing_and_may_only_read() -> None:
    workflow = read(GITHUB)

    assert workflow["permissions"] == {"contents": "read"}
    runs = [line for _, line in scripts() if re.search(r"infra-(plan|deploy|apply|smoke)", line)]
    assert {name for name, line in scripts() if line in runs} <= set(gitlab_jobs())
