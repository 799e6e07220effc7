"""What other programs say of our files and we of theirs: exports opened with pynwb, nwbinspector, the BIDS validator, openhdemg and
ArviZ; files that pynwb, openhdemg, SciPy and NumPy wrote read as they read them; discharge statistics and correlograms beside Elephant's.

  peers_test.py [--table] [RECORDING.mat ...]

Runs in an environment of its own (make peers-test). --table prints the comparison with Elephant of the recordings
as Markdown, for docs/validation.md.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")
ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / ".jupyter" / "peers"
RENSHAW = ROOT / "bin" / "renshaw"


def renshaw(*args):
    return subprocess.run([RENSHAW, *map(str, args)], check=True, capture_output=True, text=True).stdout


def trains(path):
    """Spike trains (as stored), muscles and sampling rate of a recording."""
    import h5py

    with h5py.File(path) as f:
        group = f["spike_trains/MN"]
        list_ = [group[f"MN_{i}"][()] for i in range(len(group))]
        muscles = [m.decode() for m in f["motoneurons_and_pools_indices/pool_list_by_MN"][()]]
        return list_, muscles, float(f.attrs["fsamp"])


def check(ok, what):
    if not ok:
        raise SystemExit(f"peers: {what}")


def same_trains(got, want, what):
    check(len(got) == len(want) and all(np.array_equal(a, b) for a, b in zip(got, want)), f"{what}: spike times differ")


def nwb(recordings):
    from nwbinspector import Importance, inspect_nwbfile
    from pynwb import NWBHDF5IO

    renshaw("export", "nwb", *recordings, "-o", str(WORK / "nwb") + os.sep)
    found = 0
    for rec in recordings:
        want, muscles, fs = trains(rec)
        path = WORK / "nwb" / (rec.stem + ".nwb")
        messages = list(inspect_nwbfile(nwbfile_path=str(path)))
        bad = [m for m in messages if m.importance.value > Importance.BEST_PRACTICE_SUGGESTION.value]
        check(not bad, f"nwbinspector on {path.name}: {[(m.check_function_name, m.message) for m in bad]}")
        found += len(messages)
        with NWBHDF5IO(str(path), "r") as io:
            units = io.read().units.to_dataframe()
            same_trains([np.round(np.asarray(t) * fs) for t in units.spike_times], want, path.name)
            check(list(units.muscle) == muscles and list(units.index) == list(range(len(want))), f"{path.name}: identity of the units")
    return f"nwbinspector: no finding above a suggestion ({found} suggestions in {len(recordings)} files)"


def inspected_simulation(path):
    """A simulation has neither participant nor force."""
    from nwbinspector import Importance, inspect_nwbfile

    renshaw("export", "nwb", path, "-o", WORK / "simulated.nwb")
    bad = [m for m in inspect_nwbfile(nwbfile_path=str(WORK / "simulated.nwb")) if m.importance.value > Importance.BEST_PRACTICE_SUGGESTION.value]
    check(not bad, f"nwbinspector on a simulation: {[(m.check_function_name, m.message) for m in bad]}")
    return "nwbinspector: the same for a simulation"


def bids(recordings):
    renshaw("export", "bids", *recordings, "-o", WORK / "bids")
    validator = pathlib.Path(sys.executable).parent / "bids-validator-deno"
    done = subprocess.run([validator, "--json", WORK / "bids"], capture_output=True, text=True)
    issues = json.loads(done.stdout)["issues"]["issues"]
    errors = [i for i in issues if i.get("severity", "error") == "error"]
    check(done.returncode == 0 and not errors, f"BIDS validator: {errors}")
    events = sorted((WORK / "bids").glob("sub-*/emg/*_events.tsv"))
    renshaw("convert", *events, "-o", WORK / "from_bids")
    for rec in recordings:
        same_trains(trains(WORK / "from_bids" / rec.name)[0], trains(rec)[0], f"{rec.name} through BIDS")
    return f"BIDS validator: no error, {len(issues)} warnings; every spike back"


def openhdemg(recordings):
    import openhdemg.library as emg

    renshaw("export", "openhdemg", *recordings, "-o", str(WORK / "openhdemg") + os.sep)
    for rec in recordings:
        want, muscles, fs = trains(rec)
        file = emg.emg_from_json(str(WORK / "openhdemg" / (rec.stem + ".json")))
        same_trains(file["MUPULSES"], want, f"{rec.name} through openhdemg")
        check(list(file["EXTRAS"].muscle) == muscles, f"{rec.name}: muscles through openhdemg")
        check(int(file["BINARY_MUS_FIRING"].values.sum()) == sum(map(len, want)), f"{rec.name}: BINARY_MUS_FIRING")
        idr = emg.compute_idr(file)
        for i, t in enumerate(want):
            check(np.allclose(idr[i]["idr"].dropna(), fs / np.diff(t)), f"{rec.name}: openhdemg's rates of unit {i}")
        emg.save_json_emgfile(file, str(WORK / "openhdemg" / f"{rec.stem}_saved.json"))
        for path in (WORK / "openhdemg").glob(f"{rec.stem}*.json"):
            got, m, rate = converted(path)
            same_trains(got, want, f"{path.name} read back")
            check(m == muscles and rate == fs, f"{path.name} read back: muscles, rate")
    return f"openhdemg: opens {len(recordings)} files, instantaneous discharge rates equal; what it saves is read back"


def arviz():
    import arviz as az
    import pandas as pd

    rng = np.random.default_rng(1)
    rows = [{"a": rng.normal(), "b": rng.normal(), "subject": s, "muscle_pair": "TA<->TA", "intensity": 10.0} for s in "XY" for _ in range(200)]
    table = pd.DataFrame(rows)
    path = WORK / "posterior_samples_each_subject.csv"
    table.to_csv(path, index=False)
    renshaw("export", "arviz", path, "-o", WORK / "posterior.nc")
    data = az.from_netcdf(WORK / "posterior.nc")
    for k, s in enumerate("XY"):
        got = data.posterior["b"].isel(chain=0, condition=k).values
        check(np.array_equal(got, table[table.subject == s].b.values), "draws through ArviZ differ")
    check(list(data.posterior.condition.values) == ["X TA<->TA 10%", "Y TA<->TA 10%"], "conditions through ArviZ")
    summary = az.summary(data.posterior[["a", "b"]].isel(condition=0, drop=True), kind="stats")
    return f"ArviZ: opens the posterior, mean of b {summary.loc['b', 'mean']}"


def numpy_archive(recordings):
    """The same trains written by NumPy in several layouts; objects that are no data are refused."""
    want, muscles, fs = trains(recordings[0])
    base = WORK / "npz"
    base.mkdir()
    wide = np.full((len(want), max(map(len, want))), np.nan)
    for i, t in enumerate(want):
        wide[i, : len(t)] = t
    ragged = np.empty(len(want), object)
    ragged[:] = want
    lists = np.empty(len(want), object)
    lists[:] = [[int(x) for x in t] for t in want]
    kinds = {
        "padded": {"discharge_times": wide},
        "columns": {"discharge_times": np.nan_to_num(wide.T)},
        "flat": {"discharge_times": np.concatenate(want), "unit": np.repeat(np.arange(len(want)), list(map(len, want)))},
        "single": {f"discharge_times_{i}": t.astype(int) for i, t in enumerate(want)},
        "objects": {"discharge_times": ragged},
        "lists": {"discharge_times": lists},
    }
    for name, arrays in kinds.items():
        np.savez_compressed(base / f"{name}.npz", fsamp=fs, muscle=np.array(muscles), **arrays)
        back, m, _ = converted(base / f"{name}.npz")
        same_trains(back, want, f"{name}.npz")
        check(m == muscles, f"{name}.npz: muscles")
    evil = np.empty(2, object)
    evil[:] = [Call(), want[0]]
    np.savez(base / "evil.npz", fsamp=fs, discharge_times=evil)
    done = subprocess.run([RENSHAW, "convert", base / "evil.npz", "--intensity", "30", "-o", base / "out"], capture_output=True, text=True)
    check(done.returncode == 1 and "posix.system" in done.stdout + done.stderr, f"evil.npz: {done}")
    return f"NumPy archives: {len(kinds)} layouts, a call refused"


class Call:
    """Runs a program when it is unpickled."""

    def __reduce__(self):
        return os.system, ("true",)


def converted(path, *flags):
    """Trains, muscles and rate of a file of another program, converted in a folder of its own."""
    out = WORK / "converted" / f"{path.stem}_{len(list((WORK / 'converted').glob('*')))}"
    intensity = [] if "percent" in path.name else ["--intensity", "30"]
    renshaw("convert", path, "-o", out, *intensity, *flags)
    (made,) = out.glob("*.h5")
    return trains(made)


def muedit2():
    """A MUedit2 archive as NumPy opens it."""
    shared = pathlib.Path(os.environ.get("RENSHAW_SHARED", str(ROOT.parent / "shared")), "cases", "02")
    files = [ROOT / "pkg" / "exchange" / "muedit2" / "testdata" / f"S1_Quadriceps_10percent_{kind}.npz" for kind in ("edited", "decomp")]
    for path in files + sorted(shared.glob("*.npz")):
        data = np.load(path, allow_pickle=True)
        got, muscles, fs = converted(path)
        same_trains(got, list(data["discharge_times"]), path.name)
        check(muscles == [str(data["muscle_names"][g]) for g in data["mu_grid_index"]] and fs == data["fsamp"], f"{path.name}: muscles, rate")
    return f"MUedit2: {len(files)} archives as NumPy reads them"


def openhdemg_files():
    """openhdemg's own recording (an export of OTBiolab+) as it is, and as it saves it; a DEMUSE file."""
    import openhdemg
    import openhdemg.library as emg
    from scipy.io import savemat

    sample = pathlib.Path(openhdemg.__file__).parent / "library" / "decomposed_test_files" / "otb_testfile.mat"
    file = emg.emg_from_samplefile()
    shift = 8  # openhdemg moves the discharges of OTBiolab+ by the extension factor
    got, muscles, fs = converted(sample, "--muscles", "VL")
    same_trains([t - shift for t in got], file["MUPULSES"], "export of OTBiolab+")
    check(fs == file["FSAMP"] and set(muscles) == {"VL"}, "export of OTBiolab+: muscle, rate")
    check(set(converted(sample)[1]) == {"Vastus Lateralis"}, "export of OTBiolab+: muscle of the file")
    path = WORK / "S1_VL_30percent.json"
    emg.save_json_emgfile(file, str(path))
    got, _, fs = converted(path, "--muscles", "VL")
    same_trains(got, file["MUPULSES"], "JSON of openhdemg")
    edited = emg.delete_mus(file, 1)
    emg.save_json_emgfile(edited, str(path))
    same_trains(converted(path, "--muscles", "VL")[0], edited["MUPULSES"], "JSON of openhdemg after an edit")
    cells = lambda items: np.array([*items, None], object)[:-1].reshape(1, -1)
    path = WORK / "S1_VL_30percent.mat"
    savemat(path, {"MUPulses": cells([t.reshape(1, -1) + 1 for t in file["MUPULSES"]]), "IPTs": file["IPTS"].values.T, "fsamp": fs, "IED": 8.0,
                   "ref_signal": file["REF_SIGNAL"].values.T, "SIG": cells([file["RAW_SIGNAL"][[c]].values.T for c in file["RAW_SIGNAL"]])})
    same_trains(converted(path, "--muscles", "VL")[0], emg.emg_from_demuse(str(path))["MUPULSES"], "DEMUSE file")
    return f"openhdemg: its sample ({len(got)} units) from OTBiolab+ and as JSON, and a DEMUSE file, read as it reads them"


def nwb_files(recordings):
    """Files that pynwb wrote, without any property of units, and our own export."""
    import datetime

    from pynwb import NWBHDF5IO, NWBFile

    want, muscles, fs = trains(recordings[0])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    for name, resolution in (("with_rate", 1 / fs), ("without", None)):
        f = NWBFile(session_description="made", identifier=name, session_start_time=start)
        f.add_unit_column("target_muscle", "muscle")
        for t, m in zip(want, muscles):
            f.add_unit(spike_times=t / fs, target_muscle=m)
        if resolution:
            f.units.resolution = resolution
        path = WORK / f"S1_{name}.nwb"
        with NWBHDF5IO(str(path), "w") as io:
            io.write(f)
        got, m, rate = converted(path)
        if resolution:
            same_trains(got, want, path.name)
        else:
            check(all(np.array_equal(a, b / fs) for a, b in zip(got, want)), f"{path.name}: times in s")
        check(m == muscles and len(got) == len(want), f"{path.name}: muscles")
    for rec in recordings:
        got, m, rate = converted(WORK / "nwb" / (rec.stem + ".nwb"))
        want, muscles, fs = trains(rec)
        same_trains(got, want, f"{rec.name} through NWB")
        check(m == muscles and rate == fs, f"{rec.name} through NWB: muscles, rate")
    return "NWB: files of pynwb and our own read back"


# Intervals from 1 s on are pauses: they do not count in a discharge rate.
LONGEST_INTERVAL = 1.0


def beside_elephant(recording):
    """Largest differences to Elephant's numbers of the same recording."""
    import neo
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import cross_correlation_histogram
    from elephant.statistics import cv, isi

    ours = json.loads(subprocess.run(["go", "run", "./internal/correlograms", recording], check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    want, _, fs = trains(recording)
    stop = max(t[-1] for t in want if len(t)) + 2
    spikes = [neo.SpikeTrain(t / fs * pq.s, t_stop=stop / fs * pq.s) for t in want]
    rate, spread = 0.0, 0.0
    for u, s in zip(ours["Units"], spikes):
        check(len(s) == u["Discharges"], "discharges")
        if len(s) > 2:
            d = isi(s).rescale("s").magnitude
            active = d[d < LONGEST_INTERVAL]
            rate = max(rate, abs(np.mean(1 / active) - u["MeanHz"]) / u["MeanHz"])
            spread = max(spread, abs(cv(isi(s)) - u["CoV"]) / u["CoV"])
    binned = [BinnedSpikeTrain(s, bin_size=1 / fs * pq.s, t_start=0 * pq.s, t_stop=stop / fs * pq.s, tolerance=0.01) for s in spikes]
    lags = np.ceil(np.asarray(ours["Edges"][:-1]) * fs - 1e-6).astype(int)  # the one whole lag of each bin
    counts, bins, differ = 0, 0, 0
    for p in ours["Pairs"]:
        a, b = p["Reference"], p["Test"]
        # Ours takes the nearest discharges only, theirs all: the same below the shortest interval of the test unit.
        limit = int(round(ours["Units"][b]["ShortestISIS"] * fs))
        cch, at = cross_correlation_histogram(binned[a], binned[b], window=[-int(0.2 * fs), int(0.2 * fs)], border_correction=False, binary=False)
        theirs = dict(zip(np.asarray(at).astype(int), cch.magnitude.ravel().astype(int)))
        for lag, n in zip(lags, p["Counts"]):
            if abs(lag) < limit and lag in theirs:
                bins, counts, differ = bins + 1, counts + n, differ + (theirs[lag] != n)
    return {"recording": pathlib.Path(recording).stem, "units": len(want), "discharges": sum(map(len, want)), "rate": rate, "cv": spread,
            "pairs": len(ours["Pairs"]), "bins": bins, "counts": counts, "differ": differ}


def elephant(recordings, table):
    lines = ["| recording | units | discharges | mean rate, largest relative difference | CV of intervals | pairs | bins compared | counts in them | bins that differ |", "|---|---|---|---|---|---|---|---|---|"]
    for rec in recordings:
        r = beside_elephant(rec)
        check(r["rate"] < 1e-9 and r["cv"] < 1e-9 and r["differ"] == 0 and r["counts"] > 0, f"beside Elephant: {r}")
        lines.append(f"| {r['recording']} | {r['units']} | {r['discharges']} | {r['rate']:.1e} | {r['cv']:.1e} | {r['pairs']} | {r['bins']} | {r['counts']} | {r['differ']} |")
    if table:
        print("\n".join(lines))
    return f"Elephant: rates, CVs and correlograms of {len(recordings)} recordings equal"


def pools():
    """The features of pools that the Go tests expect, once more from their formulas."""
    import reference_pools

    case = json.loads((ROOT / "pkg/analysis/testdata/pools.json").read_text())
    again = reference_pools.features(case)
    for kind, of in case["features"].items():
        for name, values in of.items():
            check(np.allclose(again[kind][name], values, rtol=1e-9, atol=1e-9), f"features of {kind} {name}")
    return "NumPy: features of pools and pairs of pools from their formulas within 1e-9"


def main():
    table = "--table" in sys.argv
    files = [a for a in sys.argv[1:] if a != "--table"] or [ROOT / "examples" / "T1_Fingers_10percent.mat"]
    shutil.rmtree(WORK, ignore_errors=True)
    shared = os.environ.get("RENSHAW_SHARED", str(ROOT.parent / "shared"))
    real = sorted(pathlib.Path(shared, "data", "tibialis_anterior_256").glob("*.mat"))
    if not real:
        print("peers: the real recordings are not there; only the example is compared with Elephant")
    renshaw("convert", *files, "-o", WORK / "recordings")
    simulated = WORK / "batch" / "simulation_output_0" / "simulation_output.h5"
    renshaw("simulate", ROOT / "batches" / "example.yaml", "-o", WORK / "batch", "--n", "1")
    if real:
        renshaw("convert", *real, "--no-realign", "-o", WORK / "real")
    recordings = sorted((WORK / "recordings").glob("*.h5"))
    for line in (nwb(recordings), nwb_files(recordings), inspected_simulation(simulated), bids(recordings), openhdemg(recordings), openhdemg_files(),
                 muedit2(), arviz(), numpy_archive(recordings), pools(), elephant(recordings + sorted((WORK / "real").glob("*.h5")), table)):
        print("peers:", line)


if __name__ == "__main__":
    main()
