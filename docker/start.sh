#!/bin/sh
# Entry point of the image: takes the identity that NB_UID and NB_GID ask for (as root), looks at what is needed and
# says in one line each what is wrong, then runs the command; "start-lab" is JupyterLab.
set -eu
say() { echo "renshaw: $*" >&2; }
home=/home/$NB_USER

if [ "$(id -u)" = 0 ]; then
  uid=${NB_UID:-1000} gid=${NB_GID:-100}
  case "$uid$gid" in *[!0-9]*) say "NB_UID=$uid NB_GID=$gid: numbers are expected"; exit 2 ;; esac
  if [ "$uid" != 0 ]; then
    [ "$uid" = "$(id -u "$NB_USER")" ] || usermod --non-unique --uid "$uid" "$NB_USER"
    getent group "$gid" >/dev/null || groupadd --gid "$gid" nb
    usermod --gid "$gid" "$NB_USER"
    case "${CHOWN_HOME:-}" in 1 | yes) chown -R "$uid:$gid" "$home" || say "$home could not be given to $uid:$gid" ;; *) chown "$uid:$gid" "$home" 2>/dev/null || true ;; esac
    exec setpriv --reuid "$uid" --regid "$gid" --init-groups env HOME="$home" USER="$NB_USER" "$0" "$@"
  fi
fi

writable() { [ -d "$1" ] && f=$(mktemp "$1/.renshaw.XXXXXX" 2>/dev/null) && rm -f "$f"; }

# Home and work folder, or what takes their place.
if ! writable "$HOME"; then
  say "home folder $HOME cannot be written by user $(id -u); settings of the lab go to a temporary folder and are lost at the end"
  HOME=$(mktemp -d) && export HOME
fi
work=${RENSHAW_WORK:-$home/work}
if ! writable "$work"; then
  say "folder $work cannot be written by user $(id -u): results go to $HOME/temporary and are lost at the end; mount a folder of that user, or add --user root -e NB_UID=\$(id -u) -e NB_GID=\$(id -g)"
  work=$HOME/temporary && mkdir -p "$work"
fi
export RENSHAW_WORK="$work"
writable "$GOCACHE" || { GOCACHE=$(mktemp -d) && export GOCACHE && say "the build cache cannot be written: cells are compiled anew, the first one takes a minute"; }
renshaw doctor > "${TMPDIR:-/tmp}/renshaw-doctor.$$" 2>&1 || grep FAILED "${TMPDIR:-/tmp}/renshaw-doctor.$$" | sed 's/^/renshaw: self-check: /' >&2
rm -f "${TMPDIR:-/tmp}/renshaw-doctor.$$"

[ "${1:-start-lab}" = start-lab ] || exec "$@"
[ $# = 0 ] || shift
# The notebooks as copies that may be changed; those that are there are kept.
mkdir -p "$work/notebooks"
cp -n /opt/renshaw/notebooks/*.ipynb "$work/notebooks/"
say "your files are in $work, results go to $work/out"
cd "$work"
exec jupyter lab --no-browser --ip=0.0.0.0 --port="$JUPYTER_PORT" --ServerApp.port_retries=0 --notebook-dir="$work" \
  --LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb "$@"
