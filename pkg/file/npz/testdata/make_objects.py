"""Writes the archives of this folder that hold Python objects, and the bare array (NumPy 2)."""

import os
import pathlib

import numpy as np

here = pathlib.Path(__file__).parent


def objects(*items):
    out = np.empty(len(items), object)
    out[:] = items
    return out


ragged = np.empty(3, object)
ragged[0], ragged[1], ragged[2] = np.array([1, 2, 3]), np.array([], int), np.array([4])
wrapped = np.empty((), object)
wrapped[()] = [[7], [8, 9]]
np.savez_compressed(here / "objects.npz", ragged=ragged, lists=objects([1, 2.5], [3]), equal=np.array([[1, 2, 3], [4, 5, 6]], object),
                    texts=objects("TA", np.str_("µ")), wrapped=wrapped, none=objects(None, [1]), columns=np.asfortranarray(np.array([[1, 2], [3, 4]], object)))


class Call:
    def __reduce__(self):
        return os.system, ("true",)


np.savez_compressed(here / "call.npz", a=objects(Call(), 1))
cycle = []
cycle.append(cycle)
np.savez_compressed(here / "cycle.npz", a=objects(cycle, [2]))
laughs = [1] * 100
for _ in range(40):
    laughs = [laughs, laughs]
np.savez_compressed(here / "laughs.npz", a=objects(laughs, [2]))
np.save(here / "bare.npy", np.array([[0, 255, 0], [0, 0, 255]], np.uint8))
