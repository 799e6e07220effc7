"""Writes S1_FDI_30percent.json with openhdemg itself (0.1.2)."""

import pathlib

import numpy as np
import openhdemg.library as emg
import pandas as pd

here = pathlib.Path(__file__).parent
n, fs = 600, 1000
pulses = [np.array([100, 210, 305, 420]), np.array([150, 260, 355]), np.array([130, 240])]
binary = np.zeros((n, 3), int)
for i, p in enumerate(pulses):
    binary[p, i] = 1
rng = np.random.default_rng(1)
emgfile = {
    "SOURCE": "OTB", "FILENAME": "S1.mat", "RAW_SIGNAL": pd.DataFrame(rng.normal(size=(n, 2)).round(2)), "REF_SIGNAL": pd.DataFrame(np.linspace(0, 30, n).round(3)),
    "ACCURACY": pd.DataFrame([0.95, 0.9, 0.88]), "IPTS": pd.DataFrame((binary + 0.01).round(3)), "MUPULSES": pulses, "FSAMP": float(fs), "IED": 8.0,
    "EMG_LENGTH": n, "NUMBER_OF_MUS": 3, "BINARY_MUS_FIRING": pd.DataFrame(binary), "EXTRAS": pd.DataFrame(columns=[0]),
}
emg.save_json_emgfile(emgfile, str(here / "S1_FDI_30percent.json"))
