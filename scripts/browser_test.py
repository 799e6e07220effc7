"""JupyterLab in a real browser, as a person uses it: the launcher, 00_start_here and 32_infer_experiment cell by cell
with every picture and table in sight, errors that name cell and line, progress that moves, a simulation that is interrupted
or killed and keeps what is finished. Screenshots are left in .jupyter/browser (--out).

With --url and --token it looks at a lab that is running elsewhere (the container image): launcher and start page only.
Skipped with a message where Chromium is not installed.
"""

import argparse
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]

ERRORS = """
import "example.org/renshaw/pkg/notebook"

%%
notebook.Markdown("this line is right")
notebook.Markdown(undefinedName)
"""
FAULT = """
import (
	"example.org/renshaw/pkg/notebook"
	"example.org/renshaw/pkg/file/table"
)

%%
_, err := table.Read("/nothing/there.csv")
notebook.Check(err)
"""
PANIC = """
%%
var numbers []int
println(numbers[3])
"""
LONG = """
import (
	"example.org/renshaw/pkg/simulation/batch"
	"example.org/renshaw/pkg/notebook"
	"example.org/renshaw/pkg/run/job"
)

%%
f, err := batch.Read(notebook.Path("batches/training_single.yaml"))
notebook.Check(err)
_, err = batch.Run(notebook.Context(), f, batch.Options{Out: "OUT", Limit: 400, Workers: 2, MaxFailureRate: 0.5, Command: "browser test",
	Started: func(n int) *job.Progress { return notebook.Progress("simulating", n) }})
notebook.Check(err)
"""


class Failed(Exception):
    pass


def check(ok, what):
    if not ok:
        raise Failed(what)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_notebook(path, *cells):
    path.write_text(json.dumps({
        "cells": [{"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": [], "source": c.strip()} for i, c in enumerate(cells)],
        "metadata": {"kernelspec": {"name": "renshaw", "display_name": "Go (renshaw)", "language": "go"}}, "nbformat": 4, "nbformat_minor": 5}))


def prepare(work):
    """The notebooks as copies, and the table that 32_infer_experiment needs."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(ROOT / "notebooks", work / "notebooks")
    write_notebook(work / "notebooks" / "errors.ipynb", ERRORS, FAULT, PANIC)
    write_notebook(work / "notebooks" / "long.ipynb", LONG.replace("OUT", str(work / "long")))
    tables = ROOT / ".jupyter" / "test-out" / "tables"
    if (tables / "experiment.csv").exists():
        shutil.copytree(tables, work / "out" / "tables")
        return
    renshaw = ROOT / "bin" / "renshaw"
    shutil.copytree(ROOT / "examples" / "recordings", work / "out" / "recordings")
    subprocess.run([renshaw, "analyze", work / "out" / "recordings"], check=True, capture_output=True)
    subprocess.run([renshaw, "summarize", work / "out" / "recordings", "--kind", "experiment", "-o", work / "out" / "tables" / "experiment.csv"], check=True, capture_output=True)


def start_lab(work, port, token):
    env = dict(os.environ, RENSHAW_PARAMS=json.dumps({"Data": str(ROOT / "examples"), "Out": str(work / "out"), "Samples": 2000}))
    env.pop("RENSHAW_RAW_ERROR", None)
    log = open(work / "lab.log", "w")
    return subprocess.Popen(
        [str(ROOT / ".venv/bin/jupyter"), "lab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root", "--ServerApp.port_retries=0",
         f"--IdentityProvider.token={token}", f"--notebook-dir={work / 'notebooks'}", "--LabApp.expose_app_in_browser=True"],
        env=env, stdout=log, stderr=log)


def wait_for(url, seconds):
    end = time.time() + seconds
    while time.time() < end:
        try:
            return urllib.request.urlopen(url, timeout=2).read()
        except OSError:
            time.sleep(0.3)
    raise Failed(f"{url} did not answer in {seconds} s")


CELL = """i => {
  const panel = document.querySelector('.jp-NotebookPanel:not(.lm-mod-hidden)');
  const cells = [...panel.querySelectorAll('.jp-Notebook .jp-Cell')];
  const c = cells[i];
  if (!c) return null;
  const seen = e => { e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();
    const at = document.elementFromPoint(r.x + r.width / 2, Math.min(innerHeight - 5, Math.max(5, r.y + r.height / 2)));
    return r.width > 20 && r.height > 10 && (e === at || e.contains(at)); };
  const images = [...c.querySelectorAll('.jp-OutputArea-output img')], tables = [...c.querySelectorAll('.jp-OutputArea-output table')];
  return {
    code: c.classList.contains('jp-CodeCell'),
    prompt: c.querySelector('.jp-InputPrompt') ? c.querySelector('.jp-InputPrompt').textContent : '',
    images: images.length, loaded: images.filter(e => e.naturalWidth > 200).length, imagesSeen: images.filter(seen).length,
    tables: tables.length, tablesSeen: tables.filter(seen).length,
    text: c.querySelector('.jp-OutputArea') ? c.querySelector('.jp-OutputArea').innerText : '',
    errors: [...c.querySelectorAll('[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]')].length,
  };
}"""
SELECT = """i => { const p = window.jupyterapp.shell.currentWidget; p.content.activeCellIndex = i; return p.content.widgets.length; }"""
STATUS = """() => { const p = window.jupyterapp.shell.currentWidget; const k = p && p.sessionContext && p.sessionContext.session && p.sessionContext.session.kernel; return k ? k.connectionStatus : ''; }"""


class Lab:
    def __init__(self, page, base, token, out):
        self.page, self.base, self.token, self.out = page, base, token, out

    def run(self, command):
        """Start a command; some only resolve when the cell is done."""
        self.page.evaluate("c => { window.jupyterapp.commands.execute(c); }", command)

    def open(self, name):
        self.page.goto(f"{self.base}/lab/tree/{name}?token={self.token}&reset")
        self.page.wait_for_function("() => window.jupyterapp && window.jupyterapp.commands.hasCommand('notebook:run-cell')", timeout=60000)
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=60000)
        self.page.wait_for_function(f"() => ({STATUS})() === 'connected'", timeout=60000)
        time.sleep(1)  # the notebook is drawn

    def shot(self, name):
        self.page.screenshot(path=str(self.out / f"{name}.png"))

    def start(self, i):
        self.page.evaluate(SELECT, i)
        self.run("notebook:run-cell")

    def wait(self, i, seconds):
        end = time.time() + seconds
        while time.time() < end:
            c = self.page.evaluate(CELL, i)
            if "[*]" not in c["prompt"] and "[ ]" not in c["prompt"] and any(ch.isdigit() for ch in c["prompt"]):
                time.sleep(0.3)  # the last display
                return self.page.evaluate(CELL, i)
            time.sleep(0.2)
        raise Failed(f"cell {i} was not done in {seconds} s")

    def cell_by_cell(self, name, seconds=120):
        """Run a notebook cell by cell; every picture and table must be in sight."""
        self.open(name)
        total = {"code cells": 0, "images": 0, "tables": 0}
        for i in range(self.page.evaluate(SELECT, 0)):
            before = self.page.evaluate(CELL, i)
            if not before["code"]:
                continue
            self.start(i)
            c = self.wait(i, seconds)
            check(c["errors"] == 0, f"{name}, cell {i}: {c['text'][:500]}")
            check(c["images"] == c["loaded"] == c["imagesSeen"] and c["tables"] == c["tablesSeen"], f"{name}, cell {i}: a picture or table is not in sight: {c}")
            check(c["text"].strip() or c["images"] or c["tables"], f"{name}, cell {i} shows nothing")
            total["code cells"] += 1
            total["images"] += c["images"]
            total["tables"] += c["tables"]
            self.shot(f"{name.split('.')[0]}_cell{i}")
        return total


def launcher(lab):
    """The launcher offers the Go kernel alone; the notebooks are listed in order."""
    lab.page.goto(f"{lab.base}/lab?token={lab.token}&reset")
    lab.page.wait_for_selector(".jp-LauncherCard", timeout=60000)
    lab.page.wait_for_selector(".jp-DirListing-item", timeout=30000)
    lab.page.evaluate("""() => window.jupyterapp.serviceManager.settings.save('@jupyterlab/notebook-extension:tracker', '{"windowingMode": "none"}')""")
    cards = lab.page.eval_on_selector_all(".jp-LauncherCard[data-category=Notebook]", "e => e.map(x => x.title || x.textContent)")
    lab.shot("launcher")
    check(len(cards) == 1 and "Go (renshaw)" in cards[0], f"the launcher offers {cards}")
    return lab.page.eval_on_selector_all(".jp-DirListing-item .jp-DirListing-itemText", "e => e.map(x => x.textContent.trim())")


def errors(lab):
    """A fault in a cell says where it is."""
    lab.open("errors.ipynb")
    for i, want in enumerate((["undefinedName", "Line 5"], ["/nothing/there.csv", "no such file", "Line 8"], ["index out of range", "Line 3"])):
        lab.start(i)
        c = lab.wait(i, 60)
        lab.shot(f"error{i}")
        missing = [w for w in want if w not in c["text"]]
        check(not missing, f"the message of error {i} lacks {missing}: {c['text'][:800]}")


def interrupt(lab, work):
    """Progress moves; the interrupt button ends the cell and keeps what is finished."""
    lab.open("long.ipynb")
    lab.start(0)
    seen = set()
    end = time.time() + 120
    while time.time() < end and len(seen) < 4:
        c = lab.page.evaluate(CELL, 0)
        if c["text"].strip():
            seen.add(c["text"].strip())
        time.sleep(0.3)
    lab.shot("progress")
    check(len(seen) >= 4, f"progress does not move: {seen}")
    lab.run("notebook:interrupt-kernel")
    c = lab.wait(0, 30)
    lab.shot("interrupted")
    check("everything finished is kept" in c["text"], f"after the interrupt: {c['text'][:500]}")
    done = list((work / "long").glob("simulation_output_*/simulation_output.h5"))
    left = [p for p in (work / "long").rglob("*") if ".tmp" in p.name or ".lock" in p.name]
    check(done and not left, f"{len(done)} finished simulations, left over: {left}")
    for p in done:
        subprocess.run([ROOT / "bin" / "renshaw", "analyze", p, "-o", work / "kept", "--config", ROOT / "examples" / "simulation_analysis.yaml"], check=True, capture_output=True)
        break
    return len(done)


def children(pid):
    """Processes that a process started."""
    out = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # ended meanwhile
        if int(fields[1]) == pid and fields[0] != "Z":
            out.append(int(stat.parent.name))
    return out


def running_cell(lab_pid, seconds=60):
    """The kernel that runs a cell, and the cell's process."""
    end = time.time() + seconds
    while time.time() < end:
        for kernel in children(lab_pid):
            for cell in children(kernel):
                if "gonb" in os.readlink(f"/proc/{cell}/exe"):
                    return kernel, cell
        time.sleep(0.2)
    raise Failed("no cell runs")


def killed(lab, work, lab_pid):
    """A kernel, or the process of a cell, that is killed in the middle says so, keeps what is finished and can go on."""
    out = work / "long"
    finished = lambda: {p: p.stat().st_mtime_ns for p in out.glob("simulation_output_*/simulation_output.h5")}
    before = finished()

    def more(old):
        end = time.time() + 90
        while time.time() < end:
            if len(finished()) > len(old):
                return finished()
            time.sleep(0.2)
        raise Failed("no simulation was finished")

    lab.open("long.ipynb")
    lab.start(0)
    kernel, cell = running_cell(lab_pid)
    first = more(before)
    os.kill(kernel, signal.SIGKILL)
    lab.page.wait_for_selector(".jp-Dialog", timeout=30000)
    text = lab.page.inner_text(".jp-Dialog")
    lab.shot("kernel_killed")
    check("restart" in text.lower(), f"a killed kernel: {text}")
    lab.page.click(".jp-Dialog .jp-mod-accept")
    end = time.time() + 20
    while pathlib.Path(f"/proc/{cell}").exists():
        check(time.time() < end, "the cell of a killed kernel goes on")
        time.sleep(0.2)
    lab.page.wait_for_function(f"() => ({STATUS})() === 'connected'", timeout=60000)
    lab.start(0)
    _, cell = running_cell(lab_pid)
    second = more(first)
    os.kill(cell, signal.SIGKILL)
    c = lab.wait(0, 30)
    lab.shot("cell_killed")
    check("killed" in c["text"], f"a killed cell: {c['text'][:500]}")
    kept = finished()
    check(all(kept.get(p) == at for p, at in second.items()), "a finished simulation was lost or made again")
    left = [p for p in out.rglob("*.tmp") if str(cell) not in p.name]
    check(not left, f"left over: {left}")
    return len(before), len(kept)


def report(page, work):
    """The page of a recording: loads nothing, zooms, sorts, shows other pairs of muscles."""
    source = ROOT / "examples" / "recordings" / "V1_Quadriceps_10percent.h5"
    subprocess.run([ROOT / "bin" / "renshaw", "report", source, "-o", work / "report.html"], check=True, capture_output=True)
    asked, faults = [], []
    page.on("request", lambda r: asked.append(r.url))
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto(f"file://{work / 'report.html'}")
    page.wait_for_function("() => document.querySelector('canvas') && document.querySelector('canvas').dataset.to")
    span = "() => { const d = document.querySelector('canvas').dataset; return d.to - d.from; }"
    before = page.evaluate(span)
    page.evaluate("() => document.querySelector('canvas').scrollIntoView({block: 'center'})")
    page.hover("canvas")
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(200)
    check(page.evaluate(span) < 0.9 * before, "the wheel does not zoom the raster")
    inked = page.evaluate("() => { const c = document.querySelector('canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n / (d.length / 4); }")
    check(inked > 0.1, f"the raster is empty ({inked})")
    column = "() => [...document.querySelectorAll('tbody')][0].querySelectorAll('tr td:nth-child(5)')"
    page.click("th:nth-child(5)")
    values = page.evaluate(f"() => [...({column})()].map(e => +e.textContent)")
    check(values == sorted(values) and values[0] < values[-1], f"the units are not sorted by discharges: {values[:5]}")
    page.screenshot(path=str(work / "report.png"), full_page=True)
    check(len(asked) == 1 and not faults, f"the page asked for {asked[1:]}, faults {faults}")


def own(args, playwright, chromium):
    work = args.out
    prepare(work)
    port, token = free_port(), secrets.token_hex(12)
    base = f"http://127.0.0.1:{port}"
    lab_process = start_lab(work, port, token)
    try:
        wait_for(f"{base}/api?token={token}", 60)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        lab = Lab(browser.new_page(viewport={"width": 1400, "height": 1000}), base, token, work)
        names = launcher(lab)
        ours = [n for n in names if n[:1].isdigit()]
        check(ours == sorted(p.name for p in (ROOT / "notebooks").glob("*.ipynb")), f"notebooks in the order {names}")
        print("browser: launcher with the Go kernel,", len(ours), "notebooks in order")
        print("browser: 00_start_here:", lab.cell_by_cell("00_start_here.ipynb"))
        total = lab.cell_by_cell("32_infer_experiment.ipynb")
        check(total["images"] >= 2 and total["tables"] >= 5, f"32_infer_experiment: {total}")
        print("browser: 32_infer_experiment:", total)
        errors(lab)
        print("browser: errors name cell and line")
        print("browser: interrupted,", interrupt(lab, work), "simulations kept")
        print("browser: kernel and cell killed, %d simulations before, %d kept" % killed(lab, work, lab_process.pid))
        report(browser.new_page(viewport={"width": 1300, "height": 1000}), work)
        print("browser: report zooms and sorts, and loads nothing")
        browser.close()
    finally:
        lab_process.terminate()
        lab_process.wait(20)


def elsewhere(args, playwright, chromium):
    args.out.mkdir(parents=True, exist_ok=True)
    wait_for(f"{args.url}/api?token={args.token}", 120)
    browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    lab = Lab(browser.new_page(viewport={"width": 1400, "height": 1000}), args.url, args.token, args.out)
    launcher(lab)
    print("browser: 00_start_here:", lab.cell_by_cell("notebooks/00_start_here.ipynb"))
    print("browser: 41_fig2_proxy_features:", lab.cell_by_cell("notebooks/41_fig2_proxy_features.ipynb"))
    browser.close()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--url")
    ap.add_argument("--token", default="")
    ap.add_argument("--out", type=pathlib.Path, default=ROOT / ".jupyter" / "browser")
    args = ap.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        print("browser test skipped: Chromium is not installed (package chromium)")
        return 0
    from playwright.sync_api import sync_playwright

    try:
        with sync_playwright() as p:
            (elsewhere if args.url else own)(args, p, chromium)
    except Failed as e:
        print("browser test FAILED:", e)
        return 1
    print("browser test passed; screenshots in", args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
