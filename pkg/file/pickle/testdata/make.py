"""Writes the pickles of this folder (Python with NumPy 2)."""

import collections
import os
import pathlib
import pickle

import numpy as np

here = pathlib.Path(__file__).parent
plain = {"none": None, "truth": True, "small": 7, "large": -3000000000, "real": -0.125, "text": "µV", "bytes": b"\x00\xff",
         "list": [300, "a"], "tuple": (1, 2, 3, 4), "empty": {}}
for p in range(6):
    (here / f"plain_{p}.pkl").write_bytes(pickle.dumps(plain, p))
arrays = np.empty(3, object)
arrays[0], arrays[1], arrays[2] = np.array([5, 6]), np.array([[0.5], [1]], ">f8"), np.float64(2)
for p in (2, 4, 5):
    data = pickle.dumps(arrays, p)
    (here / f"arrays_{p}.pkl").write_bytes(data)
    (here / f"arrays_{p}_numpy1.pkl").write_bytes(data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray") if p == 2 else data)
(here / "arrays_4_numpy1.pkl").unlink()
(here / "arrays_5_numpy1.pkl").unlink()


class Call:
    def __init__(self, *call):
        self.call = call

    def __reduce__(self):
        return self.call


refused = {"system": Call(os.system, ("true",)), "eval": Call(eval, ("1",)), "set": {1, 2}, "class": pathlib.PurePosixPath("a"),
           "records": np.zeros(1, [("a", int)]), "newobj": collections.UserDict()}
for name, value in refused.items():
    (here / f"refused_{name}.pkl").write_bytes(pickle.dumps(value, 4))
