"""Keep of the tables of Fig. 2 and 3 what the figures need, compressed.

    slim_tables.py STUDY_FOLDER OUT_FOLDER

Of the tables of units the rows of one direction and perspective, of the coherence curves
those up to 60 Hz with four digits; of tables that only tell the parameters, one row per
simulation.
"""

import csv
import gzip
import io
import pathlib
import sys

UNITS = ["sim_name", "MN_index", "disynpatic_inhib_connections_desired_MN_MN", "common_input_std", "frequency_range_of_common_input",
         "synaptic_IPSP_decay_time_constant", "MN_RC_synpatic_delay", "Firing_rates_mean", "direction", "raw_area_fwd", "sync_height",
         "delay_forward_IPSP", "r2_full", "r2_base", "n_spikes", "perspective"]
PARAMETERS = ["sim_name", "excitatory_input_baseline", "disynpatic_inhib_connections_desired_MN_MN", "synaptic_IPSP_decay_time_constant"]
SHORT = {"Firing_rates_mean", "raw_area_fwd", "sync_height", "delay_forward_IPSP", "r2_full", "r2_base"}


def units(rows):
    for r in rows:
        if r["direction"] == "inhibited" and r["perspective"] == "other_MUs_as_ref":
            yield [f"{float(r[c]):.7g}" if c in SHORT and r[c] else r[c] for c in UNITS]


def parameters(rows):
    seen = set()
    for r in rows:
        if r["sim_name"] not in seen:
            seen.add(r["sim_name"])
            yield [r[c] for c in PARAMETERS]


def coherence(rows):
    for r in rows:
        if float(r["frequency"]) <= 60:
            yield [r["sim_name"], r["pools"], r["frequency"]] + [f"{float(r[c]):.4g}" if r[c] else "" for c in ("coherence", "coherence_with_input")]


def main(study, out):
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(study.glob("tables/fig[23]_*.csv")):
        columns, keep = UNITS, units
        if path.stem.endswith("_coherence"):
            columns, keep = ["sim_name", "pools", "frequency", "coherence", "coherence_with_input"], coherence
        elif path.stem.startswith("fig3"):
            columns, keep = PARAMETERS, parameters
        text = io.StringIO()
        w = csv.writer(text, lineterminator="\n")
        w.writerow(columns)
        with open(path, newline="", encoding="utf-8") as f:
            w.writerows(keep(csv.DictReader(f)))
        (out / (path.name + ".gz")).write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
