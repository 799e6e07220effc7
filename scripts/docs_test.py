"""Every command that a page of the documentation shows is executed, in a folder that looks as the pages assume.

Indented lines that begin with renshaw or bin/renshaw run as they stand, page by page, but for SMALLER below (fewer
and shorter simulations, and tasks that another test runs); Python in fenced blocks runs after them; YAML that names its file in the
first line is written there. Of make only the target is looked for, and commands in the text must have the flags that
they show.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import time

import third_party

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".jupyter" / "docs"
RENSHAW = ROOT / "bin" / "renshaw"
# Pages in an order in which each finds what it assumes.
ORDER = ["howto/other-formats.md#npz", "README.md", "howto/other-formats.md", "howto/explore.md", "howto/new-muscle.md", "howto/compare-profiles.md",
         "howto/results.md", "howto/prior.md", "howto/reproduce-figure.md"]
SMALLER = [
    (r"/path/to/folder", "folder"), (r"/scratch/me/", "scratch/"),
    (r"^(renshaw simulate .*) --n \d+", r"\1 --n 2"),
    (r"^(renshaw simulate my_batch\.yaml.*)", r"\1 --n 160"),
    (r"^(renshaw train .*--extend .*--config) \S+", r"\1 smaller.yaml"),
    (r"^(renshaw predict .*)", r"\1 --draws 1"),
    (r"^(renshaw slurm .*)", r"\1 --dry-run"),
    (r"^(renshaw figure .*--data )out", r"\1results"),
    (r"^(renshaw explore all results/recordings/)S1_TA_30percent", r"renshaw explore all explored/T1_Fingers_10percent"),  # the former has no force here
]
# Files of other programs, as their pages call them.
FIXTURES = {
    "muedit2/testdata/S1_Quadriceps_10percent_edited.npz": "S1_Quadriceps_10percent_edited.npz", "demuse/testdata/S1_FDI_30percent.mat": "S2_FDI_30percent.mat",
    "otb/testdata/S1_VL_30percent.mat": "S3_VL_30percent.mat", "openhdemg/testdata/S1_FDI_30percent.json": "S4_FDI_30percent.json",
    "nwb/testdata/S1_FDI_30percent.nwb": "S5_FDI_30percent.nwb",
}
# Said in a page to be an outline, not a line to type.
OUTLINE = re.compile(r"…|[A-Z]{3,}[./]|\bDIR\b|\bBATCH\b|\bEST\b|\bPAIRS\b|\bOUT\b|sub-\*")


def prepare():
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for name in ("batches", "estimators", "examples", "study", "bin"):
        (WORK / name).symlink_to(ROOT / name)
    (WORK / "smaller.yaml").write_text("training: {max_epochs: 1}\nflow: {hidden: 4, transforms: 1}\nensemble: 1\n")
    (WORK / "folder").mkdir()
    for name in ("V1_Quadriceps_10percent", "V1_Quadriceps_40percent"):
        shutil.copy(ROOT / "examples" / f"{name}.mat", WORK / "folder")
    shutil.copy(ROOT / "examples" / "V2_Quadriceps_10percent.mat", WORK / "S3_Hamstrings_20percent.mat")
    sources(WORK)
    for source, name in FIXTURES.items():
        shutil.copy(ROOT / "pkg" / "exchange" / source, WORK / name)
    subprocess.run([RENSHAW, "convert", ROOT / "examples" / "T1_Fingers_10percent.mat", "-o", WORK / "explored"], check=True, capture_output=True)
    for path in (ROOT / "docs").rglob("*.md"):
        for target, content in yaml_blocks(path.read_text()):
            (WORK / target).write_text(content.replace("duration: 100", "duration: 20") + "\n")


def sources(work):
    """S1_TA_30percent as an archive, a BIDS table and a table, of the VL units of an example."""
    import h5py
    import numpy as np

    with h5py.File(ROOT / "examples" / "recordings" / "V2_Quadriceps_40percent.h5") as f:
        muscles = [m.decode() for m in f["motoneurons_and_pools_indices/pool_list_by_MN"][()]]
        trains = [f[f"spike_trains/MN/MN_{i}"][()].astype(int) for i, m in enumerate(muscles) if m == "VL"]
    np.savez(work / "S1_TA_30percent.npz", fsamp=2048, discharge_times=np.concatenate(trains), unit=np.repeat(np.arange(len(trains)), [len(t) for t in trains]))
    rows = [(u, t) for u, train in enumerate(trains) for t in train]
    (work / "S1_TA_30percent.csv").write_text("unit,muscle,sample\n" + "".join(f"{u},TA,{t}\n" for u, t in rows))
    folder = work / "dataset" / "sub-S1" / "emg"
    folder.mkdir(parents=True)
    (folder / "sub-S1_task-TA30percent_events.tsv").write_text("onset\tduration\tunit\n" + "".join(f"{t / 2048}\t0\t{u}\n" for u, t in rows))


def lines(text):
    """Indented command lines and fenced Python, in order."""
    block, fence, out = [], None, []
    for line in text.splitlines() + [""]:
        if line.startswith("```"):
            if fence is None:
                fence, block = line[3:], []
            else:
                if fence == "python":
                    out.append(("python", "\n".join(block)))
                fence = None
            continue
        if fence is not None:
            block.append(line)
            continue
        m = re.match(r"\s{4,}(?:bin/)?(renshaw .*)", line)
        if m:
            out.append(("command", re.sub(r"\s{2,}#.*", "", m.group(1)).strip()))
    return out


def yaml_blocks(text):
    """Indented blocks whose first line is # NAME.yaml."""
    for m in re.finditer(r"^( {4,})# (\S+\.yaml)\n((?:\1.*\n)+)", text, re.M):
        indent = len(m.group(1))
        yield m.group(2), "\n".join(l[indent:] for l in m.group(3).splitlines())


def run(command):
    start = time.time()
    done = subprocess.run(command, shell=True, cwd=WORK, capture_output=True, text=True, env={"PATH": f"{ROOT}/bin:/usr/local/go/bin:/usr/bin:/bin", "HOME": str(WORK)})
    print(f"  {time.time() - start:5.1f} s  {command}", flush=True)
    if done.returncode:
        raise SystemExit(f"docs: {command}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")


def page(name, ran):
    name, _, part = name.partition("#")
    text = (ROOT / name if name == "README.md" else ROOT / "docs" / name).read_text()
    print(name)
    for kind, what in lines(text):
        if kind == "python":
            if "allow_pickle" in what or "pandas" in what:
                compile(what, name, "exec")  # their files are the reader's
                continue
            done = subprocess.run([sys.executable, "-c", what], cwd=WORK, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"docs: Python of {name}: {done.stderr}")
        if kind != "command" or part and part not in what or what in ran or OUTLINE.search(what):
            continue
        ran.add(what)
        for pattern, smaller in SMALLER:
            what = re.sub(pattern, smaller, what)
        run(what)


def inline():
    """Commands and make targets in the text."""
    help_of, makefile = {}, (ROOT / "Makefile").read_text()
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        text = path.read_text()
        if path.name == "commands.md":  # written from the program
            continue
        for command in re.findall(r"`(?:bin/)?renshaw ([^`]+)`", text.replace("\n", " ")) + re.findall(r"^ {4,}(?:bin/)?renshaw (.*)$", text, re.M):
            words = command.split()
            if words[0].startswith("-") or command in ("estimator", "COMMAND --help"):  # a value in config.json; the head of docs/commands.md
                continue
            verb = " ".join(words[:2]) if words[0] in ("export", "import") and len(words) > 1 and words[1].isalpha() and words[1].islower() else words[0]
            if verb not in help_of:
                done = subprocess.run([RENSHAW, *verb.split(), "--help"], capture_output=True, text=True)
                if done.returncode or f"renshaw {verb}" not in done.stdout:
                    raise SystemExit(f"docs: {path.name}: renshaw {verb} is no command")
                help_of[verb] = done.stdout
            for flag in re.findall(r"(--[a-z][a-z-]+)", command.split("#")[0]):
                if flag not in help_of[verb] and flag != "--help":
                    raise SystemExit(f"docs: {path.name}: renshaw {verb} has no {flag}")
        for target in re.findall(r"`make ([a-z][a-z0-9-]*)[^`]*`", text) + re.findall(r"^ {4}make ([a-z][a-z0-9-]*)", text, re.M):
            if not re.search(rf"^{target}:", makefile, re.M):
                raise SystemExit(f"docs: {path.name}: there is no make {target}")
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if "://" not in link and not (path.parent / link).exists():
                raise SystemExit(f"docs: {path.name}: {link} does not exist")


def main():
    if third_party.text() != (ROOT / "THIRD_PARTY.md").read_text():
        raise SystemExit("docs: THIRD_PARTY.md is not of the modules in use; scripts/third_party.py --write renews it")
    inline()
    prepare()
    ran = set()
    rest = ["README.md", *(str(p.relative_to(ROOT / "docs")) for p in sorted((ROOT / "docs").rglob("*.md")))]
    for name in ORDER + [p for p in rest if p not in ORDER and p != "commands.md"]:
        page(name, ran)
    print(f"docs: {len(ran)} commands of the documentation ran")


if __name__ == "__main__":
    main()
