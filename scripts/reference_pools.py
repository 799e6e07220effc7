"""The features of pools and pairs of pools (docs/formats/pools.md) by NumPy alone, written from
their formulas and not from the program: the oracle of pkg/analysis.

    reference_pools.py make FILE.json       makes trains and their features
    reference_pools.py check FILE.json      computes them again and compares

Trains are in s; spans are [start, stop) in s.
"""

import json
import sys

import numpy as np

BIN, SEGMENT, LAG = 0.004, 256, 0.001
LINES = np.arange(1, SEGMENT // 2 + 1) / (SEGMENT * BIN)
BANDS = [(k, k + 2) for k in range(0, 82, 2)] + [(k, min(k + 8, 128)) for k in range(82, 128, 8)]


def inside(train, span):
    t = np.asarray(train)
    return t[(t >= span[0]) & (t < span[1])]


def transforms(train, spans):
    """F of one unit: segments x lines."""
    counts = []
    for s in spans:
        bins = int((s[1] - s[0]) / BIN + 1e-6)
        edges = np.floor((inside(train, s) - s[0]) / BIN + 1e-6).astype(int)
        counts.append(np.bincount(edges[edges < bins], minlength=bins).astype(float))
    mean = sum(len(inside(train, s)) for s in spans) / sum(len(c) for c in counts)
    window = np.hanning(SEGMENT + 1)[:-1]
    window /= np.sqrt(np.mean(window**2))
    out = []
    for c in counts:
        for at in range(0, len(c) - SEGMENT + 1, SEGMENT // 2):
            out.append(np.fft.rfft((c[at:at + SEGMENT] - mean) * window)[1:] / np.sqrt(mean * SEGMENT))
    return np.array(out)


def spectra(pool, spans):
    f = np.array([transforms(t, spans) for t in pool])  # units x segments x lines
    u = len(pool)
    single = (np.abs(f)**2).mean(axis=1).sum(axis=0)
    together = (np.abs(f.sum(axis=0))**2).mean(axis=0)
    return f, single / u, (together - single) / (u * (u - 1))


def smooth(counts):
    """Every second lag from the middle on, after a Gaussian of 1.5 ms over +-6 steps."""
    k = np.exp(-0.5 * (np.arange(-6, 7) * LAG / 0.0015)**2)
    return np.convolve(counts, k / k.sum(), mode="valid")


def nearest(lags):
    """Steps of 1 ms to the nearest; halves away from zero."""
    return np.sign(lags) * np.floor(np.abs(lags) / LAG + 0.5 + 1e-6)


def lag_counts(a, b, spans, n, same):
    counts, expected = np.zeros(2 * n + 1), 0.0
    for s in spans:
        x, y = [inside(t, s) for t in a], [inside(t, s) for t in b]
        for i, p in enumerate(x):
            for j, q in enumerate(y):
                if same and i == j:
                    continue
                k = nearest((q[None, :] - p[:, None]).ravel())
                k = k[np.abs(k) <= n].astype(int)
                counts += np.bincount(k + n, minlength=2 * n + 1)
                expected += len(p) * len(q) * LAG / (s[1] - s[0])
    return counts, expected


def correlogram(a, b, spans, reach, same):
    n = round(reach / LAG) + 6
    counts, expected = lag_counts(a, b, spans, n, same)
    x = smooth(counts) / expected - 1  # lags -reach to reach in steps of 1 ms
    middle = len(x) // 2
    return x[middle::2] if same else x[middle % 2::2]


def intervals(train, spans):
    all_, pairs, long, short = [], [], 0, 0
    for s in spans:
        d = np.diff(inside(train, s))
        for i, v in enumerate(d):
            if v >= 1:
                continue
            all_.append(v)
            r = v / np.median(d[max(0, i - 5):i + 6])
            long += 1.7 <= r <= 2.4
            short += v < 0.020
            if i + 1 < len(d) and d[i + 1] < 1:
                pairs.append((v, d[i + 1]))
    v, p = np.array(all_), np.array(pairs)
    return [np.mean(1 / v), v.std() / v.mean(), np.mean(3 * ((p[:, 0] - p[:, 1]) / (p[:, 0] + p[:, 1]))**2),
            np.mean((v - v.mean())**3) / v.std()**3, np.corrcoef(p.T)[0, 1]], long, short, len(v)


def band_means(curve):
    return [float(np.mean(curve[a:b])) for a, b in BANDS]


def summary(c):
    at = (LINES >= 6) & (LINES <= 82)
    f, v = LINES[at], c[at]
    positive = np.maximum(v, 0)
    total = np.cumsum(positive)
    q = [f[np.argmax(total >= s * total[-1])] for s in (0.1, 0.5, 0.9)]
    return [v.sum(), (positive * f).sum() / positive.sum(), *q, v.max(), f[v.argmax()], v.min(), f[v.argmin()]]


def pool(trains, spans):
    _, a, g = spectra(trains, spans)
    stats, long, short, n = zip(*[intervals(t, spans) for t in trains])
    stats = np.array(stats)
    out = band_means(g / a) + band_means(np.log(a)) + band_means(g / stats[:, 0].mean()) + summary(g / a)
    out += list(correlogram(trains, trains, spans, 0.1, True))
    for k in range(5):
        out += [stats[:, k].mean(), stats[:, k].std()]
    counts = [sum(len(inside(t, s)) for s in spans) for t in trains]
    out += [sum(long) / sum(n), sum(short) / sum(n), np.log(len(trains)), np.log(sum(b - a for a, b in spans)),
            np.log(np.median(counts))]
    return [float(v) for v in out]


def pair(first, second, spans):
    f, a, ga = spectra(first, spans)
    h, b, gb = spectra(second, spans)
    x = (f.mean(axis=0) * np.conj(h.mean(axis=0))).mean(axis=0)
    low = (LINES >= 0.4) & (LINES <= 5.5)
    ga, gb = ga[low].sum(), gb[low].sum()
    rho = np.clip(x.real[low].sum() / np.sqrt(ga * gb), -1, 1) if ga > 0 and gb > 0 else 0.0
    out = band_means(x.real / np.sqrt(a * b)) + band_means(x.imag / np.sqrt(a * b)) + [rho]
    return [float(v) for v in out + list(correlogram(first, second, spans, 0.06, False))]


def features(case):
    pools, spans = case["trains"], case["spans"]
    names = sorted(pools)
    return {"pools": {n: pool(pools[n], spans) for n in names},
            "pairs": {a + "-" + b: pair(pools[a], pools[b], spans) for a in names for b in names if a != b}}


def trains(rng, units, common, fs):
    """Regular discharges whose rate follows a common input, on samples of fs Hz."""
    out = []
    for _ in range(units):
        t, mean, all_ = rng.uniform(0, 0.1), rng.uniform(0.08, 0.13), []
        while t < 30:
            all_.append(round(t * fs) / fs)
            t += max(0.012, mean * (1 - 0.3 * common[int(t * 100)]) + rng.normal(0, 0.014))
        out.append(sorted(set(all_)))
    return out


def make():
    rng = np.random.default_rng(5)
    drive = np.convolve(rng.normal(size=3200), np.hanning(21) / 4, mode="same")
    case = {"trains": {"A": trains(rng, 6, drive, 10000), "B": trains(rng, 5, drive, 2048)}, "spans": [[1.5, 12.25], [15, 29.1]]}
    return {**case, "features": features(case)}


def main():
    what, path = sys.argv[1:]
    if what == "make":
        with open(path, "w", encoding="utf-8") as f:
            json.dump(make(), f)
        return
    with open(path, encoding="utf-8") as f:
        case = json.load(f)
    worst = 0.0
    again = features(case)
    for kind, of in case["features"].items():
        for name, values in of.items():
            worst = max(worst, float(np.max(np.abs(np.array(values) - np.array(again[kind][name])))))
    print(f"largest difference {worst:.2g}")
    if not worst < 1e-9:
        raise SystemExit("features of pools differ")


if __name__ == "__main__":
    main()
