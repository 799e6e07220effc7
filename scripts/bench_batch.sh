#!/bin/sh
# Times a sample of the single-muscle training set from batch file to table, and says what
# 1,000 simulations would take on this machine. The sample is $N simulations (default 24).
set -eu
n=${N:-24}
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf 'get_coherence: false\n' > "$work/analysis.yaml"
start=$(date +%s.%N)
"$root/bin/renshaw" simulate "$root/batches/training_single.yaml" -o "$work/batch" --n "$n"
middle=$(date +%s.%N)
"$root/bin/renshaw" analyze "$work/batch" --config "$work/analysis.yaml" | tail -n 1
"$root/bin/renshaw" summarize "$work/batch" --kind simulation -o "$work/simulations.csv"
end=$(date +%s.%N)
echo "$start $middle $end $n" | awk '{s=($2-$1)/$4; a=($3-$2)/$4;
  printf "%d simulations: %.2f s each to simulate, %.2f s to analyse and summarise; 1,000 would take %.1f minutes\n", $4, s, a, (s+a)*1000/60}'
