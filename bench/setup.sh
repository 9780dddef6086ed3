#!/bin/sh
# Install what the benchmark compares with and measures by: sh bench/setup.sh [--check]
# Says each thing before it does it. --check installs nothing and says what is missing.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 1
say() { echo "bench set-up: $*"; }

programs="apache2:apache2 mod_auth_openidc:libapache2-mod-auth-openidc nginx:nginx wrk:wrk"
missing=""
for pair in $programs; do
    name=${pair%%:*} package=${pair#*:}
    case $name in
        mod_auth_openidc) test -e /usr/lib/apache2/modules/mod_auth_openidc.so ;;
        *) PATH="$PATH:/usr/sbin" command -v "$name" >/dev/null 2>&1 ;;
    esac || missing="$missing $package"
done
for tool in taskset node npm; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
peer="$here/peers/node"
stale=$(test -e "$peer/node_modules/.package-lock.json" &&
    test "$peer/node_modules/.package-lock.json" -nt "$peer/package-lock.json" || echo yes)

if [ "${1:-}" = "--check" ]; then
    test -z "$missing" || say "missing:$missing"
    test -z "$stale" || say "missing: the Node peer's packages (npm ci in bench/peers/node)"
    test -z "$missing$stale"
    exit
fi

case " $missing " in
    *" node "* | *" npm "* | *" taskset "*)
        say "node, npm and taskset are needed, and not installed from here; missing:$missing"
        exit 1 ;;
esac
if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null 2>&1; then
        say "missing:$missing. Only Debian's apt-get is known here: install them yourself, then again"
        exit 1
    fi
    as_root=""
    test "$(id -u)" = 0 || as_root="sudo"
    say "apt-get install$missing (their services are not started: the benchmark runs its own)"
    # A service started by its package would hold port 80 and take time from what is measured.
    $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install --yes --no-install-recommends $missing >"$here/setup.log" 2>&1 || {
        say "apt-get failed: see bench/setup.log; after 'apt-get update' it may work"
        exit 1
    }
fi
if [ -n "$stale" ]; then
    say "npm ci in bench/peers/node (express, express-openid-connect, http-proxy-middleware)"
    npm ci --prefix "$peer" --no-audit --no-fund --ignore-scripts >"$here/setup.log" 2>&1 || {
        say "npm failed: see bench/setup.log"
        exit 1
    }
    touch "$peer/node_modules/.package-lock.json"
fi
sh "$here/python.sh" || say "going on with another Python"
rm -f "$here/setup.log"
say "all there"
