#!/bin/sh
# The estimator of pairs of muscles that comes with the program, from nothing: as make_estimator.sh, with
# batches/training_pair_wide.yaml (3,000 simulations). Results in training_pairs/.
set -e
bin=$PWD/bin/renshaw
batches=$PWD/batches examples=$PWD/examples
mkdir -p training_pairs && cd training_pairs
"$bin" simulate "$batches/training_pair_wide.yaml" -o batch "$@"
"$bin" analyze batch --config "$examples/training_pair_analysis.yaml" --variants 1
"$bin" summarize batch --kind simulation --pairs between -o whole.csv
"$bin" summarize batch --kind simulation --pairs between --analysis-name variant_0 -o observed.csv
"$bin" train whole.csv observed.csv --config "$examples/training_pair_inference.yaml" -o muscle_pair
"$bin" evaluate muscle_pair whole.csv -o evaluation_whole
"$bin" evaluate muscle_pair observed.csv -o evaluation_observed
