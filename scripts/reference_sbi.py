"""Time of sbi's flows (PyTorch, one thread) at the shapes of Renshaw's: draws and log densities
under one observation, a second each, and seconds of an epoch of training. CPU time, so that
programs beside it count little. Needs requirements-peers.txt and sbi.

usage: reference_sbi.py [--flow nsf|maf] [--params D] [--features C] [--hidden H]
                        [--transforms K] [--bins B] [--draws N] [--pairs N] [--batch N]
"""

import argparse
import json
import time

import torch
from sbi.neural_nets import posterior_nn


def options():
    p = argparse.ArgumentParser()
    p.add_argument("--flow", default="nsf", choices=["nsf", "maf"])
    for name, value in [("params", 5), ("features", 16), ("hidden", 50), ("transforms", 3),
                        ("bins", 10), ("draws", 10000), ("pairs", 10800), ("batch", 200),
                        ("repeats", 5)]:
        p.add_argument("--" + name, type=int, default=value)
    return p.parse_args()


def median_time(function, repeats):
    """The median of the CPU seconds of a function, after one call that does not count."""
    function()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return sorted(times)[repeats // 2]


def epoch(net, theta, x, batch):
    """One pass over the pairs as sbi does it: mean loss, gradient clipped at 5, Adam."""
    adam = torch.optim.Adam(net.parameters(), lr=5e-4)
    order = torch.randperm(len(theta))
    for first in range(0, len(theta), batch):
        rows = order[first:first + batch]
        adam.zero_grad()
        net.loss(theta[rows], condition=x[rows]).mean().backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), max_norm=5.0)
        adam.step()


def main():
    o = options()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    theta, x = torch.rand(o.pairs, o.params), torch.randn(o.pairs, o.features)
    sizes = {"num_bins": o.bins} if o.flow == "nsf" else {}
    build = posterior_nn(model=o.flow, hidden_features=o.hidden, num_transforms=o.transforms,
                         **sizes)
    net = build(theta, x)
    net.eval()
    out = {"flow": o.flow, "params": o.params, "features": o.features, "hidden": o.hidden,
           "transforms": o.transforms, "bins": o.bins}
    with torch.no_grad():
        points = net.sample((o.draws,), condition=x[:1])
        out["draws_per_s"] = o.draws / median_time(
            lambda: net.sample((o.draws,), condition=x[:1]), o.repeats)
        out["densities_per_s"] = o.draws / median_time(
            lambda: net.log_prob(points, condition=x[:1]), o.repeats)
    net.train()
    out["epoch_s"] = median_time(lambda: epoch(net, theta, x, o.batch), o.repeats)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
