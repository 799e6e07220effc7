#!/bin/sh
# Starts the GoNB kernel on this checkout: cells import the packages of this clone,
# offline, with the versions of its go.mod. Nothing outside the checkout is written,
# unless the checkout is read-only: then caches, scratch files and results (RENSHAW_WORK)
# go to TMPDIR, or to where those variables point.
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../../.." && pwd)
export RENSHAW_ROOT="$root" PATH="$root/bin:$PATH"
export GOCACHE="${GOCACHE:-$root/.cache/go-build}" GOMODCACHE="${GOMODCACHE:-$root/.cache/go-mod}"
if mkdir -p "$root/.jupyter/tmp" 2>/dev/null && [ -w "$root/.jupyter/tmp" ]; then
  export TMPDIR="$root/.jupyter/tmp"
else
  own="${TMPDIR:-/tmp}/renshaw-$(id -u)"
  mkdir -p "$own"
  export TMPDIR="$own"
  [ -w "$GOCACHE" ] || export GOCACHE="$own/go-build"
  if [ -z "${RENSHAW_WORK:-}" ]; then
    export RENSHAW_WORK="$own/work"
    mkdir -p "$RENSHAW_WORK"
    echo "renshaw: $root cannot be written; results go to $RENSHAW_WORK" >&2
  fi
fi
# Go's own linker is twice as fast as the system's, which is what packages in C get unless asked.
if [ "$(uname -sm)" = "Linux x86_64" ]; then
  export GOFLAGS="-buildvcs=false '-ldflags=-s -w -linkmode=internal'"
fi
exec gonb --kernel "$1" -logtostderr=false \
  -extra_log="${TMPDIR:-/tmp}/gonb-$$.log" \
  -raw_error="${RENSHAW_RAW_ERROR:-false}" -go_work="$root"
