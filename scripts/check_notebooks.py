"""Check notebooks: stored without outputs and with our kernel; executed ones hold
the images and lines that a reader expects.

    check_notebooks.py NOTEBOOKS_DIR OUT_DIR
"""

import pathlib
import sys

import nbformat

# Per notebook: smallest number of images, texts that must appear in the outputs.
EXPECTED = {
    "00_start_here": (0, ["T1_Fingers_10percent.mat", "Fingers"]),
    "11_process_experimental_data": (1, ["paper profile would shift it by -81 samples", "Recruitment_threshold_mean", "plateau_index"]),
    "12_analyze_batch": (2, ["68 of 72 histograms fitted", "forward_corrected_area"]),
    "13_organize_experimental_data": (3, ["experiment.columns.json", "without APB", "FDI"]),
    "14_explore_recording": (5, ["explore"]),
    "15_exchange": (0, ["T1_Fingers_10percent.nwb", "12 units read back, 12 of them as they were written; 5904 discharges"]),
    "21_simulate_batch": (3, ["12 simulations: 12 done now, 0 done before, 0 failed", "disynaptic_inhib_self_connectivity_pool0"]),
    "22_analyze_batch": (5, ["12 simulations analysed", "720 new histograms fitted", "ANALYSIS_coherence.png"]),
    "32_infer_experiment": (2, ["T1 FDI", "unlike the training simulations", "disynpatic_inhib_connections_desired_MN_MN", "mahalanobis_rank", "probability_a_above_b", "between_participant_sd", "_other_pool", "V1"]),
    "31_train_and_evaluate": (4, ["best epochs", "TARP", "gain_bits", "disynpatic_inhib_connections_desired_MN_MN"]),
    "33_posterior_predictive_checks": (1, ["27 simulations", "conditions compared", "trough_area", "other_experiment"]),
    "34_posterior_figures": (20, ["SBC", "fig4_accuracy", "fig4_predictive_histograms", "fig4_predictive_distances", "fig5a_10_V1", "fig5b_recurrent_inhibition_probability"]),
    "41_fig2_proxy_features": (1, ["trough_area_vs_ri", "[27, 38] Hz (ctr 32)"]),
    "42_fig3_common_input": (2, ["fig3_with_input"]),
    "43_fig5_recruitment_threshold": (6, ["after Bonferroni", "VL_inhibited_by_VL", "secondary_coverage_mean"]),
    "99_gallery": (1, ["figures"]),
    "23_simulation_batch_summary": (2, ["12 analyses", "simulations.columns.json", "sim_name"]),
}


def outputs(nb):
    for cell in nb.cells:
        for o in cell.get("outputs", []):
            yield o


def text_of(o):
    data = o.get("data", {})
    return " ".join([o.get("text", ""), data.get("text/html", ""), data.get("text/markdown", ""), data.get("text/plain", "")])


def main(source, out):
    faults = []
    for path in sorted(pathlib.Path(source).glob("*.ipynb")):
        nb = nbformat.read(path, as_version=4)
        if any(c.get("outputs") or c.get("execution_count") for c in nb.cells if c.cell_type == "code"):
            faults.append(f"{path}: stored with outputs; clear them before committing")
        if nb.metadata.get("kernelspec", {}).get("name") != "renshaw":
            faults.append(f"{path}: kernel is not renshaw")
        if path.stem not in EXPECTED:
            faults.append(f"{path}: no expectation in scripts/check_notebooks.py")
    for name, (images, lines) in EXPECTED.items():
        nb = nbformat.read(pathlib.Path(out) / "notebooks" / f"{name}.ipynb", as_version=4)
        found = sum("image/png" in o.get("data", {}) for o in outputs(nb))
        if found < images:
            faults.append(f"{name}: {found} images, at least {images} expected")
        text = " ".join(text_of(o) for o in outputs(nb))
        faults += [f"{name}: {line!r} is not in the outputs" for line in lines if line not in text]
    for f in ["index.html", "tables/experiment.csv", "tables/experiment.columns.json", "tables/simulations.csv", "figures/simulations_trough_area.png", "batch/manifest.json", "posterior/posterior_summary.csv", "figures/posterior_summary.png", "posterior/group_summary.csv", "posterior_pairs/posterior_summary.csv", "exchange/T1_Fingers_10percent.nwb", "report.html", "reports/V1_Quadriceps_10percent.html", "predictive/summary_table_rmse_r2.csv", "figures/predictive.png", "figures/fig2.pdf", "figures/fig3.svg", "figures/fig5c.data.json", "figures/contact_sheet.png", "evaluation/metrics.csv", "figures/experiment_raw_area.png", "recordings/MU_properties_ALL.csv"]:
        if not (pathlib.Path(out) / f).exists():
            faults.append(f"{f} is missing in {out}")
    print("\n".join(faults) or f"{len(EXPECTED)} notebooks are as expected")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
