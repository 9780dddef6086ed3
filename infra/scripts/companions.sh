#!/bin/sh
# Whether a change of Terraform code brings its documentation and its tests along.
#
#   infra/scripts/companions.sh origin/main
#
# Exit codes: 0 it does, or no Terraform code changed · 1 something is missing · 64 wrong use.
set -eu
[ $# -eq 1 ] && [ -n "$1" ] || { sed -n '2,4p' "$0" | cut -c3- >&2; exit 64; }

changed=$(git diff --name-only --diff-filter=d "$1...HEAD") ||
    { echo "companions: $1 is no commit of this repository" >&2; exit 64; }

touched() {
    printf '%s\n' "$changed" | grep -E -q "$1"
}

touched '^infra/.*\.tf$' || { echo "companions: no Terraform code changed"; exit 0; }
missing=0
touched '^(docs/|infra/.*README\.md$|CHANGELOG\.md$)' ||
    { echo "companions: infra/ changed, but nothing in docs/, no README and no CHANGELOG" >&2; missing=1; }
touched '(\.tftest\.hcl$|^tests/infra/)' ||
    { echo "companions: infra/ changed, but no .tftest.hcl and nothing in tests/infra/" >&2; missing=1; }
exit "$missing"
