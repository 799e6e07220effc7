"""Execute notebooks headless with the checkout's kernel, two at a time where neither
needs the other's results (NEEDS), and write each as .ipynb and .html together with an
index page of the results.

    run_notebooks.py --out DIR NOTEBOOK...

A failing cell ends the run with exit code 1; the notebook with its error is
written all the same. Images are counted: a cell whose code shows a figure and
that comes back without one is a failure too.
"""

import argparse
import concurrent.futures
import datetime
import html
import pathlib
import sys
import time

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

SHOWS_FIGURE = "notebook.Show("
# By number: the notebooks whose results one reads. 34 and 43 look through all tables of the
# results, so that nothing may be written there meanwhile; 23 writes into the folder of 13. One
# that is not here needs all before it.
NEEDS = {"00": [], "11": [], "12": ["11"], "13": ["12"], "14": ["11"], "15": ["11"], "21": [], "22": ["21"], "23": ["13", "22"],
         "31": [], "32": ["13"], "33": ["32"], "34": ["14", "15", "23", "31", "33"], "41": [], "42": [], "43": ["34"]}


def images(cell):
    return sum("image/png" in o.get("data", {}) for o in cell.get("outputs", []))


def nothing_to_draw(cell):
    """A cell may say so, where there is nothing that it could show."""
    return any("Nothing to draw" in o.get("data", {}).get("text/markdown", "") for o in cell.get("outputs", []))


def seconds(cell):
    """How long a cell took, without the waiting before it."""
    at = cell.get("metadata", {}).get("execution", {})
    if "iopub.status.busy" not in at or "iopub.status.idle" not in at:
        return 0.0
    busy, idle = (datetime.datetime.fromisoformat(at[k].replace("Z", "+00:00")) for k in ("iopub.status.busy", "iopub.status.idle"))
    return (idle - busy).total_seconds()


def execute(path, timeout):
    """Return the executed notebook and a text that tells what failed, or ''."""
    nb = nbformat.read(path, as_version=4)
    client = NotebookClient(nb, timeout=timeout, kernel_name="renshaw", resources={"metadata": {"path": str(path.parent)}})
    try:
        client.execute()
    except CellExecutionError as e:
        return nb, str(e)
    for cell in nb.cells:
        if cell.cell_type == "code" and SHOWS_FIGURE in cell.source and images(cell) == 0 and not nothing_to_draw(cell):
            return nb, "a figure was lost in the cell\n" + cell.source
    return nb, ""


def write(nb, path, out):
    target = out / "notebooks"
    target.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, target / path.name)
    body, _ = HTMLExporter().from_notebook_node(nb)
    (target / (path.stem + ".html")).write_text(body.replace(".ipynb\"", ".html\""), encoding="utf-8")


def listing(out, folder, pattern):
    return [p.relative_to(out) for p in sorted((out / folder).glob(pattern))] if (out / folder).is_dir() else []


def index(out, notebooks):
    """Write index.html: the executed notebooks, tables, figures and recordings."""
    parts = ["<!doctype html><meta charset='utf-8'><title>Renshaw: results</title>",
             "<style>body{font:16px sans-serif;max-width:60em;margin:2em auto;padding:0 1em}img{max-width:100%}li{margin:.2em 0}</style>",
             "<h1>Renshaw: results</h1>"]
    groups = [("Notebooks", [pathlib.Path("notebooks") / (n.stem + ".html") for n in notebooks]),
              ("Reports to look at and to mail", listing(out, ".", "report.html") + listing(out, "reports", "*.html")),
              ("Tables", listing(out, "tables", "*")),
              ("Recordings and analyses", listing(out, "recordings", "*")),
              ("Posteriors", listing(out, "posterior", "*")),
              ("Simulations", listing(out, "batch", "*.json") + listing(out, "batch", "*.csv") + listing(out, "batch", "simulation_output_*"))]
    for title, files in groups:
        parts.append(f"<h2>{title}</h2><ul>")
        parts += [f"<li><a href='{html.escape(str(f))}'>{html.escape(f.name)}</a></li>" for f in files]
        parts.append("</ul>")
    parts.append("<h2>Figures</h2>")
    parts += [f"<p><img loading='lazy' alt='{f.stem}' title='{f.stem}' src='{html.escape(str(f))}'></p>" for f in listing(out, "figures", "*.png")]
    (out / "index.html").write_text("\n".join(parts), encoding="utf-8")


def needed(notebooks):
    """Per notebook those of the others that must be done before."""
    out = {}
    for k, path in enumerate(notebooks):
        numbers = NEEDS.get(path.name[:2])
        out[path] = {p for p in notebooks[:k] if numbers is None or p.name[:2] in numbers}
    return out


def one(path, out, timeout, times):
    """Execute and write a notebook. Return what to print, and what failed or ''."""
    start = time.time()
    nb, fault = execute(path, timeout)
    write(nb, path, out)
    count = sum(images(c) for c in nb.cells)
    said = f"{path.name}: {'FAILED' if fault else 'done'} in {time.time() - start:.1f} s, {count} images"
    if times:
        said += "\n  cells: " + " ".join(f"{seconds(c):.1f}" for c in nb.cells if c.cell_type == "code") + " s"
    return said, fault


def every(args):
    """Execute the notebooks, each as soon as it can be; after a failure none is begun. Return success."""
    waiting, running, faults = needed(args.notebooks), {}, []
    with concurrent.futures.ProcessPoolExecutor(args.beside) as pool:
        while waiting or running:
            for path in list(waiting):
                if not waiting[path] and not faults and len(running) < args.beside:
                    del waiting[path]
                    running[pool.submit(one, path, args.out, args.timeout, args.times)] = path
            if not running:
                break
            for done in concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED).done:
                path = running.pop(done)
                said, fault = done.result()
                print(said, flush=True)
                if fault:
                    faults.append(fault)
                for needs in waiting.values():
                    needs.discard(path)
    print("\n".join(faults), file=sys.stderr, end="")
    return not faults


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--out", required=True, type=pathlib.Path)
    ap.add_argument("--timeout", type=int, default=1200, help="seconds per cell")
    ap.add_argument("--times", action="store_true", help="print what every cell took")
    ap.add_argument("--beside", type=int, default=2, help="notebooks at a time")
    ap.add_argument("notebooks", nargs="+", type=pathlib.Path)
    args = ap.parse_args()
    if not every(args):
        return 1
    index(args.out, args.notebooks)
    print(f"results: {args.out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
