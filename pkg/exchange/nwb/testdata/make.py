"""Writes units.nwb with pynwb: two units of another program, with an electrical series and no unit properties."""

import datetime
import pathlib

import numpy as np
from pynwb import NWBHDF5IO, NWBFile
from pynwb.ecephys import ElectricalSeries

here = pathlib.Path(__file__).parent
zone = datetime.timezone.utc


def begin():
    return NWBFile(session_description="made", identifier="made", session_start_time=datetime.datetime(2026, 1, 1, tzinfo=zone),
                   file_create_date=datetime.datetime(2026, 1, 1, tzinfo=zone))


f = begin()
device = f.create_device("amplifier")
group = f.create_electrode_group("grid", "8 x 8", "leg", device)
f.add_electrode(group=group, location="leg")
f.add_acquisition(ElectricalSeries("emg", np.zeros((500, 1)), f.create_electrode_table_region([0], "all"), rate=1000.0))
f.add_unit(spike_times=[0.1, 0.21, 0.305], id=7, obs_intervals=[[0.0, 0.5]])
f.add_unit(spike_times=[0.15, 0.26], id=9, obs_intervals=[[0.0, 0.5]])
with NWBHDF5IO(here / "S1_FDI_30percent.nwb", "w") as io:
    io.write(f, cache_spec=False)

f = begin()
f.add_unit_column("muscle", "muscle")
f.add_unit(spike_times=[0.1001, 0.2102], muscle="VL")
f.add_unit(spike_times=np.array([]), muscle="VM")
with NWBHDF5IO(here / "bare.nwb", "w") as io:
    io.write(f, cache_spec=False)

with NWBHDF5IO(here / "none.nwb", "w") as io:
    io.write(begin(), cache_spec=False)
