#!/bin/sh
# Installs the system packages that are missing, where that is possible; otherwise
# says in one line what to install. Argument "test" adds what only the tests use.
set -eu
missing=""
need() { # need PACKAGE TEST-COMMAND...
  package=$1; shift
  "$@" >/dev/null 2>&1 || missing="$missing $package"
}
need pkg-config command -v pkg-config
need gcc command -v gcc
need libc6-dev test -e /usr/include/stdlib.h
need libhdf5-dev sh -c 'pkg-config --exists hdf5'
need python3-venv python3 -c 'import venv, ensurepip'
if [ "${1:-}" = test ]; then
  need hdf5-tools command -v h5dump
  need poppler-utils command -v pdftoppm
  need chromium command -v chromium
  need slurm-wlm command -v slurmctld
  need munge command -v munged
fi
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "installing:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
  exit 0
fi
echo "please install:$missing   (Debian, Ubuntu: sudo apt-get install$missing)" >&2
exit 1
