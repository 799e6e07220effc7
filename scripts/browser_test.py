"""Open JupyterLab in a real browser, run a notebook with the checkout's kernel and
look at what a person would see: every cell numbered, figures drawn, no error.

Skipped with a message where Chromium is not installed.
"""

import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".jupyter" / "browser"
NOTEBOOK = "11_process_experimental_data.ipynb"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_lab(port, token):
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(ROOT / "notebooks", WORK / "notebooks")
    settings = ROOT / ".jupyter" / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    env = dict(os.environ, RENSHAW_PARAMS=json.dumps({"Data": str(ROOT / "examples"), "Out": str(WORK / "out")}))
    log = open(WORK / "lab.log", "w")
    return subprocess.Popen(
        [str(ROOT / ".venv/bin/jupyter"), "lab", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--allow-root",
         f"--IdentityProvider.token={token}", f"--notebook-dir={WORK / 'notebooks'}", "--LabApp.expose_app_in_browser=True"],
        env=env, stdout=log, stderr=log)


def wait_for(url, seconds):
    end = time.time() + seconds
    while time.time() < end:
        try:
            return urllib.request.urlopen(url, timeout=2).read()
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"{url} did not answer in {seconds} s; see {WORK / 'lab.log'}")


STATE = """() => {
  const code = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
  return {
    cells: code.length,
    numbered: code.filter(c => /\\[\\d+\\]/.test(c.querySelector('.jp-InputPrompt').textContent)).length,
    images: [...document.querySelectorAll('.jp-OutputArea-output img')].filter(i => i.naturalWidth > 200).length,
    tables: document.querySelectorAll('.jp-OutputArea-output table').length,
    errors: [...document.querySelectorAll('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"], .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]')].map(e => e.textContent.slice(0, 300)),
  };
}"""


def check(page, base, token):
    page.goto(f"{base}/lab/tree/{NOTEBOOK}?token={token}&reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60000)
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.commands.hasCommand('notebook:run-all-cells')", timeout=60000)
    time.sleep(3)  # the kernel of the notebook connects
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    end = time.time() + 180
    while time.time() < end:
        state = page.evaluate(STATE)
        if state["numbered"] == state["cells"] and state["cells"] > 0:
            break
        time.sleep(1)
    time.sleep(1)
    state = page.evaluate(STATE)
    page.screenshot(path=str(WORK / "lab.png"), full_page=True)
    return state


def main():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        print("browser test skipped: Chromium is not installed (package chromium)")
        return 0
    from playwright.sync_api import sync_playwright

    port, token = free_port(), secrets.token_hex(12)
    base = f"http://127.0.0.1:{port}"
    lab = start_lab(port, token)
    try:
        wait_for(f"{base}/api?token={token}", 60)
        specs = json.loads(wait_for(f"{base}/api/kernelspecs?token={token}", 20))["kernelspecs"]
        if list(specs) != ["renshaw"]:
            print(f"kernels offered: {list(specs)}, only renshaw is expected")
            return 1
        with sync_playwright() as p:
            browser = p.chromium.launch(executable_path=chromium, args=FLAGS)
            state = check(browser.new_page(viewport={"width": 1300, "height": 1000}), base, token)
            browser.close()
    finally:
        lab.terminate()
        lab.wait(20)
    ok = state["cells"] == state["numbered"] and state["cells"] >= 4 and state["images"] >= 1 and state["tables"] >= 3 and not state["errors"]
    print(("browser test passed: " if ok else "browser test FAILED: ") + json.dumps(state))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
