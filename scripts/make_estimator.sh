#!/bin/sh
# The estimator that comes with the program, from nothing: simulates batches/training_single.yaml (10,000
# simulations) and 2,000 others to judge it by (an hour and a half to four hours on two processors together), analyses each whole and
# once as a recording might show it, trains and evaluates. Everything resumes when it is started again. Results in
# training/.
set -e
bin=$PWD/bin/renshaw
batches=$PWD/batches examples=$PWD/examples
mkdir -p training && cd training
"$bin" simulate "$batches/training_single.yaml" -o batch "$@"
"$bin" simulate "$batches/training_single.yaml" -o test --seed 3026 --n 2000
for set in batch test; do
  "$bin" analyze $set --config "$examples/training_analysis.yaml" --variants 1
  "$bin" summarize $set --kind simulation -o ${set}_whole.csv
  "$bin" summarize $set --kind simulation --analysis-name variant_0 -o ${set}_observed.csv
done
"$bin" train batch_whole.csv batch_observed.csv --held-out test_whole.csv --held-out test_observed.csv \
  --config "$examples/training_inference.yaml" -o single_muscle
"$bin" evaluate single_muscle test_whole.csv -o evaluation_whole
"$bin" evaluate single_muscle test_observed.csv -o evaluation_observed
