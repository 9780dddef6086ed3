#!/bin/sh
# Set the checkout up with the first Python that is new enough: sh src/devstack/setup/start.sh [run|test]
# PYTHON=/path/to/python names one yourself, and no other is taken then. Everything after that is Python (this folder).
set -u
unset PYTHONHOME # of another Python: with it, none of those below would start
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1

# Tried by running, not by name: a version manager's shim exists on PATH and still fails.
start() {
    python=$1
    shift
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        PYTHONPATH="$here/../.." exec "$python" -m devstack.setup "$@"
    fi
}

if [ -n "${PYTHON:-}" ]; then
    start "$PYTHON" "$@"
else
    for name in python3 python3.14 python3.13 python3.12 python3.11; do start "$name" "$@"; done
fi

found=$("${PYTHON:-python3}" --version 2>/dev/null) || found="none"
echo "set-up: Python 3.11 or newer is needed (found: $found). Install one, or name it: make PYTHON=/path/to/python3.11" >&2
exit 1
