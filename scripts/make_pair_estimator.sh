#!/bin/sh
# The estimator of pairs of muscles that comes with the program, from nothing: as make_estimator.sh, with
# batches/training_pair_wide.yaml (3,000 simulations, and 2,000 others to judge it by). Results in training_pairs/.
set -e
bin=$PWD/bin/renshaw
batches=$PWD/batches examples=$PWD/examples
mkdir -p training_pairs && cd training_pairs
"$bin" simulate "$batches/training_pair_wide.yaml" -o batch "$@"
"$bin" simulate "$batches/training_pair_wide.yaml" -o test --seed 3027 --n 2000
for set in batch test; do
  "$bin" analyze $set --config "$examples/training_pair_analysis.yaml" --variants 1
  "$bin" summarize $set --kind simulation --pairs between -o ${set}_whole.csv
  "$bin" summarize $set --kind simulation --pairs between --analysis-name variant_0 -o ${set}_observed.csv
done
"$bin" train batch_whole.csv batch_observed.csv --held-out test_whole.csv --held-out test_observed.csv \
  --config "$examples/training_pair_inference.yaml" -o muscle_pair
"$bin" evaluate muscle_pair test_whole.csv -o evaluation_whole
"$bin" evaluate muscle_pair test_observed.csv -o evaluation_observed
