#!/bin/sh
# Builds the image of the Dockerfile with buildah (no Docker engine needed, as root), on base images made by
# debootstrap, and tries it: sizes, notebooks without network, JupyterLab from a browser outside, figures into a
# mounted folder as an ordinary user, folders that cannot be written. About 15 minutes the first time.
#   image_test.sh [KEEP]    KEEP: leave image and bases for the next time (in /var/tmp/renshaw-oci)
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
store=/var/tmp/renshaw-oci
out="$root/.jupyter/image"
b() { buildah --root $store/root --runroot $store/run --storage-driver overlay "$@"; }
step() { echo "== $(date +%H:%M:%S) $*"; }
fail() { echo "image test FAILED: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || fail "buildah's chroot isolation needs root"
command -v buildah >/dev/null && command -v debootstrap >/dev/null && command -v ip >/dev/null || {
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends buildah debootstrap fuse-overlayfs iproute2 >/dev/null
}
rm -rf "$out" && mkdir -p "$out" $store

if ! b inspect --type image docker.io/library/debian:bookworm-slim >/dev/null 2>&1; then
  step "base image"
  [ -e $store/rootfs/done ] || { rm -rf $store/rootfs; debootstrap --variant=minbase --include=ca-certificates bookworm $store/rootfs >"$out/debootstrap.log"; touch $store/rootfs/done; }
  c=$(b from scratch)
  b copy -q "$c" $store/rootfs /
  b config --cmd /bin/bash --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$c"
  b commit -q --rm "$c" docker.io/library/debian:bookworm-slim
fi
certs="-v /etc/ssl/certs:/etc/ssl/certs:ro" # a private authority of this machine, if it has one
if ! b inspect --type image docker.io/library/golang:1.26-bookworm >/dev/null 2>&1; then
  step "Go image"
  cat >"$out/Dockerfile.golang" <<'X'
FROM docker.io/library/debian:bookworm-slim
COPY go /usr/local/go
ENV PATH=/usr/local/go/bin:/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin GOPATH=/go GOTOOLCHAIN=local
RUN apt-get update && apt-get install -y --no-install-recommends gcc g++ make libc6-dev pkg-config git && rm -rf /var/lib/apt/lists/*
X
  # shellcheck disable=SC2086
  b bud --isolation chroot $certs -t docker.io/library/golang:1.26-bookworm -f "$out/Dockerfile.golang" "$(dirname "$(go env GOROOT)")" >"$out/golang.log" 2>&1 || { tail -20 "$out/golang.log"; fail "Go image"; }
fi

step "image"
# shellcheck disable=SC2086
b bud --isolation chroot --layers --format docker $certs $(for v in GOPROXY PIP_INDEX_URL PIP_CERT; do eval "[ -z \"\${$v:-}\" ] || echo --build-arg $v=\$$v"; done) \
  -t localhost/renshaw:test "$root" >"$out/build.log" 2>&1 || { tail -30 "$out/build.log"; fail "build, see $out/build.log"; }
b inspect --type image localhost/renshaw:test >"$out/inspect.json"
step "layers"
sh "$root/scripts/image_layers.sh" "$out/layers.txt" $store
cat "$out/layers.txt"

c=$(b from localhost/renshaw:test)
trap 'b rm "$c" >/dev/null 2>&1 || true' EXIT
inside() { b run --isolation chroot "$@"; }
mount_=$out/work && mkdir -p "$mount_" && chown 4321:100 "$mount_"

step "notebooks and figures, no network, as user 4321 with a mounted folder"
unshare -n sh -c 'ip link set lo up && exec "$@"' sh buildah --root $store/root --runroot $store/run --storage-driver overlay run --isolation chroot --user 4321:100 -v "$mount_:/home/jovyan/work" "$c" -- \
  /opt/renshaw/docker/start.sh python3 /opt/renshaw/scripts/run_notebooks.py --out /home/jovyan/work/out \
  /opt/renshaw/notebooks/00_start_here.ipynb /opt/renshaw/notebooks/11_process_experimental_data.ipynb /opt/renshaw/notebooks/21_simulate_batch.ipynb \
  /opt/renshaw/notebooks/41_fig2_proxy_features.ipynb >"$out/notebooks.log" 2>&1 || { tail -30 "$out/notebooks.log"; fail "notebooks"; }
grep -E "s  |ipynb|renshaw:" "$out/notebooks.log" || true
[ -s "$mount_/out/figures/fig2.png" ] || fail "no figure in the mounted folder"
[ "$(stat -c %u "$mount_/out/figures/fig2.png")" = 4321 ] || fail "the figure does not belong to user 4321"

step "self-check: a folder that cannot be written, NB_UID of another user"
chmod 755 "$mount_" && chown 0:0 "$mount_"
inside --user 1000:100 -v "$mount_:/home/jovyan/work" "$c" -- /opt/renshaw/docker/start.sh renshaw version 2>"$out/unwritable.log" | grep -q renshaw || fail "does not run with a folder that cannot be written"
grep -q "cannot be written by user 1000" "$out/unwritable.log" || fail "says nothing of the folder: $(cat "$out/unwritable.log")"
inside --user 0 --env NB_UID=5005 --env NB_GID=6006 "$c" -- /opt/renshaw/docker/start.sh id >"$out/id.log" 2>&1 || { cat "$out/id.log"; fail NB_UID; }
grep -q "uid=5005.*gid=6006" "$out/id.log" || fail "NB_UID is not taken: $(cat "$out/id.log")"

step "JupyterLab from a browser outside"
port=18888
inside --user 0 --env NB_UID=1000 --env NB_GID=100 --env JUPYTER_TOKEN=imagetest --env JUPYTER_PORT=$port "$c" -- /opt/renshaw/docker/start.sh start-lab --LabApp.expose_app_in_browser=True >"$out/lab.log" 2>&1 &
lab=$!
stop() { # the lab stops itself and its kernels: ending buildah would leave them
  python3 -c "import urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:$port/api/shutdown', method='POST', headers={'Authorization': 'token imagetest'}))" || kill $lab
  wait $lab || true
}
"$root/.venv/bin/python" "$root/scripts/browser_test.py" --url "http://127.0.0.1:$port" --token imagetest --out "$out/browser" || { tail -20 "$out/lab.log"; stop; fail "browser"; }
stop
step "done"
[ "${1:-}" = KEEP ] || { b rm "$c" >/dev/null; trap - EXIT; rm -rf $store; }
echo "image test passed"
