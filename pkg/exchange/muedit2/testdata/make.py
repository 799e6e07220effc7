"""Writes the archives of this folder as MUedit2 saves them: object arrays, 0-based samples (NumPy 2)."""

import json
import os
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent


def objects(items):
    out = np.empty(len(items), object)
    for i, item in enumerate(items):
        out[i] = item
    return out


times = [np.array([0, 100, 205, 300]), np.array([50, 160, 255]), np.array([20, 130, 240, 350, 460])]
common = dict(discharge_times=objects(times), fsamp=np.float64(1000), total_samples=np.int64(500), grid_names=objects(["GR08MM1305", "HD04MM1305"]),
              mu_grid_index=np.array([0, 0, 1]), muscle_names=objects(["VL", "VM"]), muscle=objects(["VL", "VM"]),
              parameters=objects([{"niter": 150, "fs": 1000, "nested": {"a": [1, None, True]}}]))
trains = np.zeros((3, 500), np.float32)
for i, t in enumerate(times):
    trains[i, t] = 1
np.savez_compressed(here / "S1_Quadriceps_10percent_edited.npz", pulse_trains=trains, path=np.linspace(0, 10, 500), **common)
(here / "S1_Quadriceps_10percent_edited.json").write_text(
    json.dumps({"mu_uids": ["g0_mu0", "g0_mu2", "g1_mu0"], "history": [{"action": "flag_mu", "mu": "g0_mu1"}]}, indent=1) + "\n")
np.savez_compressed(here / "S1_Quadriceps_10percent_decomp.npz", pulse_trains=trains, emg_data=np.zeros((128, 500)), adaptive_losses=objects([[1.0, 0.5]]),
                    discard_channels=objects([np.zeros(64, int)] * 2), coordinates=objects([np.zeros((64, 2), int)] * 2), **common)
equal = dict(common, discharge_times=np.array([[10, 20], [30, 41], [5, 60]], object))
np.savez_compressed(here / "equal_edited.npz", **equal)
np.savez_compressed(here / "named_edited.npz", **dict(common, mu_grid_index=objects(["GR08MM1305", "GR08MM1305", "HD04MM1305"]), muscle_names=np.array("VL")))


class Call:
    def __reduce__(self):
        return os.system, ("true",)


np.savez_compressed(here / "call_edited.npz", **dict(common, discharge_times=objects([Call(), Call(), Call()])))
