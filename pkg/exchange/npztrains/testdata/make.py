"""Writes the files of this folder: the same three units in the layouts of other programs (NumPy 2)."""

import os
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent
times = [[10, 210, 450, 700], [33, 240, 460], [5, 100, 300, 512, 801]]
fs = 2048


def padded(fill, dtype):
    out = np.full((3, 5), fill, dtype)
    for i, t in enumerate(times):
        out[i, : len(t)] = t
    return out


def objects(items):
    out = np.empty(len(items), object)
    for i, item in enumerate(items):
        out[i] = item
    return out


binary = np.zeros((3, 900), np.uint8)
for i, t in enumerate(times):
    binary[i, t] = 1


class Call:
    def __reduce__(self):
        return os.system, ("true",)


kinds = {
    "left": {"discharge_times": np.array([[0] * (5 - len(t)) + t for t in times]), "fsamp": fs}, "inside": {"discharge_times": np.array([[33, 0, 460], [10, 240, 450]]), "fsamp": fs},
    "zeros": {"discharge_times": padded(0, int), "fsamp": fs}, "nan": {"discharge_times": padded(np.nan, float), "fsamp": np.array([[2048.0]])},
    "transposed": {"discharge_times": np.asfortranarray(padded(-1, int).T), "fsamp": fs}, "transposed_binary": {"spike_trains": binary.T.astype(float), "fs": fs},
    "high": {"spike_trains": binary * np.uint8(255), "fs": fs}, "unnamed": {"arr_0": padded(-1, int)}, "ragged": {"discharge_times": objects([np.array(t) for t in times])},
    "lists": {"MUPULSES": objects(times), "FSAMP": fs}, "seconds_by_name": {"spike_times_s": padded(np.nan, float) / fs},
    "seconds_by_value": {"spike_times": padded(np.nan, float) / fs, "fsamp": fs}, "rounded": {"spike_times": np.floor(padded(np.nan, float) / 300), "fsamp": fs},
    "sources": {"spike_trains": np.random.default_rng(1).normal(size=(3, 100)), "fs": fs}, "dicts": {"discharge_times": objects([{"a": 1}, 2]), "fs": fs},
    "call": {"discharge_times": objects([Call(), 1]), "fs": fs},
}
for name, arrays in kinds.items():
    np.savez_compressed(here / f"{name}.npz", **arrays)
np.save(here / "bare.npy", padded(-1, int))
np.save(here / "bare_binary.npy", binary)
