"""Time the model of docs/model.md in Brian2 (pip install brian2==2.5.4 "numpy<2" "cython<3.1" setuptools), to have
a reference beside `make bench`: one pool of 30 motor neurons and 10 Renshaw cells, or a
pair of pools with 40 Renshaw cells, driven by stored noise.

    reference_brian2.py [--pair] [--seconds 102] [--codegen cython|numpy]
"""

import argparse
import time

import brian2 as b
import numpy as np
from brian2 import ms, mS, mV, uA  # noqa: F401  (names in the equations)

ap = argparse.ArgumentParser()
ap.add_argument("--pair", action="store_true")
ap.add_argument("--seconds", type=float, default=102)
ap.add_argument("--codegen", default="cython")
args = ap.parse_args()
b.prefs.codegen.target = args.codegen
b.defaultclock.dt = 0.1 * b.ms
rng = np.random.default_rng(1)
pools = 2 if args.pair else 1
n, r, fs = 30, 10, 2048
mn, rc = pools * n, pools * pools * r
d = np.concatenate([np.sort(np.clip(rng.normal(60, 3, n), 50, 100)) for _ in range(pools)])
rm = 9.6e5 * d**-2.4
drive = rng.normal(22000, 6000, (int(args.seconds * fs), mn)).clip(0)
I = b.TimedArray(drive * b.nA, dt=1 / fs * b.second)
neurons = b.NeuronGroup(mn, """dv/dt = (-gl*v - ga*v + w*(I(t, i) + isyn))/C : volt (unless refractory)
disyn/dt = -isyn/ts : amp
dga/dt = -ga/ta : siemens
gl : siemens (constant)
C : farad (constant)
w : 1 (constant)
ts : second (constant)
ta : second (constant)""", threshold="v > 10*mV", reset="v = 0*mV; ga += 1*mS", refractory=5 * b.ms, method="euler")
neurons.gl, neurons.C, neurons.w = 1 / rm * b.mS, 1.2 * d * b.uF, rm / rm[0]
neurons.ts, neurons.ta = rm * 1.2 * d / 100 * b.ms, 2.5e4 * d**-1.5 / np.log(10) * b.ms
cells = b.NeuronGroup(rc, "dv/dt = -v/(8*ms) : volt (unless refractory)", threshold="v > 10*mV", reset="v = 0*mV", refractory=5 * b.ms, method="euler")
excite = b.Synapses(neurons, cells, "weight : 1", on_pre="v_post += 6.7*mV*weight*int(not_refractory_post)", delay=5 * b.ms)
inhibit = b.Synapses(cells, neurons, "weight : 1", on_pre="isyn_post -= 5*uA*weight", delay=5 * b.ms)
for i in range(pools):
    for j in range(pools):
        group = (i * pools + j) * r + np.arange(r)
        excite.connect(i=np.repeat(i * n + np.arange(n), r), j=np.tile(group, n))
        inhibit.connect(i=np.repeat(group, n), j=np.tile(j * n + np.arange(n), r))
excite.weight = inhibit.weight = np.sqrt(0.1)
spikes, cell_spikes = b.SpikeMonitor(neurons), b.SpikeMonitor(cells)
net = b.Network(neurons, cells, excite, inhibit, spikes, cell_spikes)
net.run(0.2 * b.second)  # compiles
start, cpu = time.time(), time.process_time()
net.run((args.seconds - 0.2) * b.second)
took, cpu = time.time() - start, time.process_time() - cpu
print(f"{mn}+{rc} cells, {args.seconds} s, {args.codegen}: {took:.1f} s wall, {cpu:.1f} s CPU, {args.seconds / took:.1f} x real time; {spikes.num_spikes} MN and {cell_spikes.num_spikes} RC spikes")
