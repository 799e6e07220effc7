"""Writes S1_VL_30percent.mat with SciPy: the layout of an OTBiolab+ export (1.5.9), of three units of one grid."""

import pathlib

import numpy as np
from scipy.io import savemat

here = pathlib.Path(__file__).parent


def cell(items):
    out = np.empty((len(items), 1), object)
    for i, item in enumerate(items):
        out[i, 0] = item
    return out


n, fs = 600, 1000
grid = "Vastus Lateralis - AUX 3 (Channel 1->1) - GR08MM1305"
times = [[100, 210, 305, 420], [150, 260, 355], [130, 240]]
names, data = [], []
for i in range(2):
    names.append(f"{grid} ({i + 1})[uV]")
    data.append(np.random.default_rng(i).normal(size=n).round(1))
for i, t in enumerate(times):
    names.append(f"1 - 4 - Decomposition of {grid} ({i + 1})[a.u]")
    data.append(np.isin(np.arange(n), t).astype(float))
for i, t in enumerate(times):
    names.append(f"4 - Source for decomposition of {grid} ({i + 1})[a.u]")
    data.append(np.isin(np.arange(n), t) + 0.01)
names.append("acquired data[ %(MVC)]")
data.append(np.linspace(0, 30, n))
savemat(here / "S1_VL_30percent.mat", {"Data": cell([np.array(data, np.float32).T]), "Description": cell(names), "OTBFile": "unknown",
                                       "SamplingFrequency": np.uint16(fs), "Time": cell([7 + np.arange(n).reshape(-1, 1) / fs])}, do_compression=True)
