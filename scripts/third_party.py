"""Licences of the modules that are part of the program, as THIRD_PARTY.md; --write renews it."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FORMAT = "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}"


def text():
    listed = subprocess.run(["go", "list", "-deps", "-f", FORMAT, "./cmd/renshaw", "./pkg/..."], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    out = ["# Licences of others\n\nThe program contains these Go modules, besides Go's standard library (BSD 3-clause, The Go Authors) and, linked at run time,\n"
           "HDF5 (BSD style, The HDF Group). What only the lab and the tests use is installed from its own packages. `scripts/third_party.py --write` renews this page.\n"]
    shown = {}
    for line in sorted(set(listed.split("\n")) - {""}):
        path, version, folder = line.split(" ", 2)
        files = sorted(f for f in pathlib.Path(folder).iterdir() if f.is_file() and re.match(r"(?i)(licen[sc]e|copying|notice)", f.name) and "link" not in f.name)
        if not files:
            raise SystemExit(f"{path} {version} has no licence file")
        out.append(f"## {path} {version}\n")
        for f in files:
            body = f.read_text(errors="replace").strip()
            key = re.sub(r"\s+", " ", body)
            if key in shown:
                out.append(f"The same text as {shown[key]}.\n")
                continue
            shown[key] = f"{path}, {f.name}"
            out.append("```\n" + body.replace("```", "'''") + "\n```\n")
    return "\n".join(out)


if __name__ == "__main__":
    page = ROOT / "THIRD_PARTY.md"
    if "--write" in sys.argv:
        page.write_text(text())
    elif page.read_text() != text():
        raise SystemExit("THIRD_PARTY.md is not of these modules; scripts/third_party.py --write renews it")
