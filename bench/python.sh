#!/bin/sh
# Unpack a Python of the container image's version from Debian, installing nothing: sh bench/python.sh
# Says what it does. Nothing to do where this machine's Debian has one; exit code 1 if there is none.
#
# What the image runs is built with profile-guided optimisation, as the peers here are, and what was
# built by hand often is not: a call through that would cost a third more than it does in production.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
say() { echo "bench set-up: $*"; }

release=trixie
version=$(sed -n 's/^ARG PYTHON_IMAGE=python:\(3\.[0-9]*\)\..*/\1/p' "$here/Dockerfile")
place=$here/.gatehouse/bench/debian
python=$place/usr/bin/python

suits() { test -x "$1" && "$1" -c "import ssl, sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')"; }
if suits /usr/bin/python3 2>/dev/null || suits "$python" 2>/dev/null; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
    say "no Python $version of Debian's: only its apt-get is known here"
    exit 1
fi

# The mirror is the one that this machine uses; what it says is signed (apt's own keyring).
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $codename" "Component: main" | head -n 1)
if [ -z "$mirror" ]; then
    say "no Python $version of Debian's: apt has no mirror (apt-get update first)"
    exit 1
fi
say "unpacking Python $version of Debian's $release into .gatehouse/bench/debian"
rm -rf "$place"
mkdir -p "$place/apt/lists/partial" "$place/apt/cache/archives/partial"
echo "deb $mirror $release main" >"$place/apt/sources.list"

# A list, a cache and a folder of their own: the machine's packages are neither asked nor changed.
quietly() {
    (cd "$place/apt" && apt-get -qq -o APT::Sandbox::User=root \
        -o Dir::Etc::SourceList="$place/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$place/apt/lists" -o Dir::Cache="$place/apt/cache" "$@" >apt.log 2>&1) || {
        say "apt-get $1 failed: $(tail -n 1 "$place/apt/apt.log")"
        exit 1
    }
}
quietly update
packages="libc6 libgcc-s1 libstdc++6 zlib1g libexpat1 libffi8 libbz2-1.0 liblzma5 libuuid1 libzstd1
    libsqlite3-0 libssl3t64 libpython$version-minimal libpython$version-stdlib python$version-minimal"
for package in $packages; do
    quietly download "$package/$release"
done
for file in "$place"/apt/*.deb; do
    dpkg-deb --extract "$file" "$place"
done
rm -rf "$place/apt"

# By its own loader and C library: it was built for newer ones than this machine's. `--argv0`, so
# that it finds its library, and a virtual environment is found that links to this.
libraries=$(echo "$place"/usr/lib/*-linux-gnu)
loader=$(echo "$libraries"/ld-linux-*.so.*)
cat >"$python" <<WRAPPER
#!/bin/sh
exec "$loader" --argv0 "\$0" --library-path "$libraries" "$place/usr/bin/python$version" "\$@"
WRAPPER
chmod +x "$python"
suits "$python" || {
    say "the Python that was unpacked does not start: see $python"
    exit 1
}
