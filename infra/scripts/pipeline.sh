#!/bin/sh
# One step of a pipeline for one environment: plan, deploy, smoke or drift.
#
#   infra/scripts/pipeline.sh plan dev
#
# STATE_BUCKET   the bucket that bootstrap_wif.sh made for this environment
# AWS_REGION     the bucket's region
# VARIABLES      the environment's variable file; infra/environments/{environment}.tfvars by default
# AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE   how Terraform and boto3 log in, without keys
#
# Exit codes: 0 done, or no drift · 1 failed · 2 drift · 64 wrong use.
set -eu

usage() {
    sed -n '2,4p' "$0" | cut -c3- >&2
    exit 64
}

[ $# -eq 2 ] || usage
step=$1
environment=$2
case $environment in dev | test | prod) ;; *) usage ;; esac

infra=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work="$infra/../.gatehouse/pipeline/$environment"
plan="$work/plan.tfplan"
variables=${VARIABLES:-$infra/environments/$environment.tfvars}
# One folder per environment: what dev left behind never meets prod's state.
export TF_DATA_DIR="$work/terraform" TF_IN_AUTOMATION=1 TF_INPUT=0
mkdir -p "$work"

terraform_here() {
    terraform -chdir="$infra" "$@"
}

initialise() {
    : "${STATE_BUCKET:?names the bucket of the state: infra/scripts/bootstrap_wif.sh makes it}"
    : "${AWS_REGION:?is the region of the bucket of the state}"
    terraform_here init -reconfigure -backend-config="backends/$environment.s3.tfbackend" \
        -backend-config="bucket=$STATE_BUCKET" -backend-config="region=$AWS_REGION"
}

notify() {
    # The text is ours and holds nothing of the plan: a plan may name what a channel need not know.
    [ -n "${SLACK_WEBHOOK_URL:-}" ] || return 0
    printf '{"text":"%s"}' "$1" |
        curl --fail --silent --show-error --max-time 20 --header 'Content-Type: application/json' \
            --data-binary @- "$SLACK_WEBHOOK_URL" >/dev/null || echo "pipeline: the notice did not go out" >&2
}

case $step in
plan)
    initialise
    terraform_here plan -var-file="$variables" -var="environment=$environment" -out="$plan"
    ;;
deploy)
    # What was looked at is what is applied: the plan of the step before, or nothing.
    [ -f "$plan" ] || { echo "pipeline: no plan at $plan; run the plan step first" >&2; exit 1; }
    initialise
    terraform_here apply "$plan"
    rm -f "$plan"
    ;;
smoke)
    initialise >/dev/null
    url=$(terraform_here output -raw url)
    [ -n "$url" ] || { echo "pipeline: there is no BFF to ask (enable_bff is false)" >&2; exit 0; }
    curl --fail --silent --show-error --max-time 20 --retry 5 --retry-delay 5 "$url/healthz" >/dev/null
    # Without a session the API is closed; anything else means that the authorizer is not in front.
    code=$(curl --silent --max-time 20 --output /dev/null --write-out '%{http_code}' \
        --header 'X-CSRF: 1' "$url/api/agents")
    [ "$code" = 401 ] || { echo "pipeline: $url/api/agents answers $code without a session, not 401" >&2; exit 1; }
    echo "pipeline: $environment answers"
    ;;
drift)
    initialise
    code=0
    terraform_here plan -detailed-exitcode -lock=false -var-file="$variables" \
        -var="environment=$environment" || code=$?
    [ "$code" -ne 0 ] || PYTHONPATH="$infra" "${PYTHON:-python3}" -m bridge drift \
        --prefix "$(terraform_here output -raw bridge_prefix)" \
        --region "$(terraform_here output -raw agentcore_region)" || code=$?
    [ "$code" -ne 2 ] || notify "Gatehouse: $environment has drifted from its code"
    exit "$code"
    ;;
*) usage ;;
esac
