#!/bin/sh
# image_layers.sh FILE STORE: the image's layers with their sizes, as docker history shows them.
set -eu
buildah --root "$2/root" --runroot "$2/run" --storage-driver overlay inspect --type image localhost/renshaw:test | python3 -c '
import json, sys
d = json.load(sys.stdin)
docker = d.get("Docker") or d
steps = [h.get("created_by", "") for h in (docker.get("history") or []) if not h.get("empty_layer")]
print("\n".join(steps))' >"$1.steps"
python3 - "$1" "$2" <<'P'
import json, pathlib, sys
out, store = sys.argv[1], pathlib.Path(sys.argv[2])
layers = {l["id"]: l for l in json.loads((store / "root/overlay-layers/layers.json").read_text())}
images = json.loads((store / "root/overlay-images/images.json").read_text())
top = next(i["layer"] for i in images if any("renshaw:test" in n for n in i.get("names", [])))
chain = []
while top:
    chain.append(layers[top])
    top = layers[top].get("parent")
steps = pathlib.Path(out + ".steps").read_text().splitlines()
total = 0
with open(out, "w") as f:
    for i, l in enumerate(reversed(chain)):
        size = l.get("diff-size", 0) / 1e6
        total += size
        f.write(f"{size:8.0f} MB  {steps[i][:110] if i < len(steps) else ''}\n")
    f.write(f"{total:8.0f} MB  all\n")
print(out)
P
