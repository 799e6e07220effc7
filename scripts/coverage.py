"""Statement coverage of every package by all tests together, from a profile made with -coverpkg=./pkg/..."""

import collections
import sys

best = {}
for line in open(sys.argv[1]):
    if not line.startswith("mode"):
        place, statements, count = line.rsplit(" ", 2)
        best[place] = (int(statements), max(int(count), best.get(place, (0, 0))[1]))
total, covered = collections.Counter(), collections.Counter()
for place, (n, count) in best.items():
    package = place.split(":")[0].rsplit("/", 1)[0].split("/", 2)[2]
    total[package] += n
    covered[package] += n * (count > 0)
for package in sorted(total):
    print(f"{100 * covered[package] / total[package]:6.1f} %  {package}")
