#!/bin/sh
# Makes one AWS account ready for a pipeline without keys: OIDC provider, deployment role, state bucket.
# Needs a Python with boto3 (PYTHON=… names it) and credentials that may administer IAM and S3.
set -eu
infra=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
PYTHONPATH="$infra:$infra/../src" exec "${PYTHON:-python3}" -m wif "$@"
