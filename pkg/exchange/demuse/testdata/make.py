"""Writes the files of this folder with SciPy: what DEMUSE saves, of three units."""

import pathlib

import numpy as np
from scipy.io import savemat

here = pathlib.Path(__file__).parent


def cell(items):
    out = np.empty((1, len(items)), object)
    for i, item in enumerate(items):
        out[0, i] = item
    return out


pulses = [np.array([[101, 211, 306, 421]], np.int32), np.array([[151, 261, 356]], np.uint16), np.array([[131.0], [241.0]])]
n = 600
common = {"MUPulses": cell(pulses), "fsamp": np.uint16(1000), "ref_signal": np.linspace(0, 30, n), "IED": 8.0, "PNR": [30.5, 28, 31], "SIL": [0.95, 0.9, 0.88],
          "IPTs": np.random.default_rng(1).normal(size=(3, n)).astype(np.float32), "SIG": cell([np.zeros((1, n))] * 3)}
savemat(here / "S1_FDI_30percent.mat", common, do_compression=True)
savemat(here / "single.mat", dict(common, MUPulses=pulses[0], PNR=30.5, SIL=0.95), do_compression=True)
savemat(here / "short.mat", {"MUPulses": cell(pulses), "fsamp": 1000.0, "ref_signal": np.zeros(10), "PNR": [1.0] * 4})
