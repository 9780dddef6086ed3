"""`python -m wif`: an account made ready for a pipeline that has no keys."""

import argparse
import json
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from wif.boto3_account import Account, account_of
from wif.documents import documents_of
from wif.plan import Step, steps_of
from wif.wanted import Ref, RefType, Wanted, faults_of

_EXAMPLE = """\
example:
  infra/scripts/bootstrap_wif.sh --environment dev --project my-group/my-project \\
      --branch main --region eu-west-2 --bucket my-company-gatehouse-dev-state --dry-run

exit codes: 0 all is as wanted · 1 AWS refused, or could not be reached · 2 with --dry-run: there is
something to do · 64 an argument is wrong
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is left to do, or with `--dry-run` say it. Return the exit code."""
    given = _parser().parse_args(arguments)
    try:
        wanted = _wanted(given, account_of(given.region))
        faults = faults_of(wanted)
        if faults:
            for fault in faults:
                _say(f"bootstrap: {fault}")
            return 64
        account = Account(wanted)
        steps = steps_of(wanted, documents_of(wanted), account.look())
        if not given.dry_run:
            _do(account, steps)
    except (ClientError, BotoCoreError) as error:
        _say(f"bootstrap: {error}. What was done stays; run it again to go on.")
        return 1
    _report(wanted, steps, given)
    return 2 if given.dry_run and steps else 0


def _do(account: Account, steps: list[Step]) -> None:
    for number, step in enumerate(steps, start=1):
        _say(f"[{number}/{len(steps)}] {step.deed.value}: {step.subject}")
        account.take(step)


def _report(wanted: Wanted, steps: list[Step], given: argparse.Namespace) -> None:
    if given.json:
        facts = {
            "provider": wanted.provider_arn,
            "role": f"arn:{wanted.partition}:iam::{wanted.account}:role/{wanted.role}",
            "bucket": wanted.bucket,
            "steps": [{"deed": step.deed.value, "subject": step.subject} for step in steps],
            "done": not given.dry_run,
        }
        _print(json.dumps(facts, indent=2))
        return
    if given.dry_run:
        for step in steps:
            _print(f"would {step.deed.value}: {step.subject}")
            if step.document is not None:
                _print(json.dumps(step.document, indent=2))
    _print("nothing to do" if not steps else f"{len(steps)} step(s)")


def _wanted(given: argparse.Namespace, account: str) -> Wanted:
    if given.branch or given.branch_prefix:
        kind, prefix = RefType.BRANCH, bool(given.branch_prefix)
    else:
        kind, prefix = RefType.TAG, True
    name = given.branch or given.branch_prefix or given.tag_prefix
    return Wanted(
        environment=given.environment,
        issuer=given.issuer,
        audience=given.audience,
        project=given.project,
        ref=Ref(type=kind, name=name, prefix=prefix),
        bucket=given.bucket,
        region=given.region,
        account=account,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(64, f"bootstrap: {message}\n{self.format_usage()}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bootstrap_wif.sh",
        description="Make the OIDC provider, the deployment role and the bucket of the state for "
        "one environment. Run again, it does only what is missing or differs.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--environment", required=True, help="dev, test or prod")
    parser.add_argument("--project", required=True, help="group/project, as GitLab spells it")
    parser.add_argument("--bucket", required=True, help="name of the bucket of the state")
    ref = parser.add_mutually_exclusive_group(required=True)
    ref.add_argument("--branch", help="the one branch that deploys")
    ref.add_argument("--branch-prefix", help="branches that deploy begin with this: release/")
    ref.add_argument("--tag-prefix", help="tags that deploy begin with this: v")
    parser.add_argument("--issuer", default="https://gitlab.com", help="default: %(default)s")
    parser.add_argument("--audience", default="sts.amazonaws.com", help="default: %(default)s")
    parser.add_argument("--region", required=True, help="of the bucket: eu-west-2")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done; do nothing")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    return parser


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
