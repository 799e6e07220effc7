#!/bin/sh
# The estimator that comes with the program, from nothing: simulates batches/training_single.yaml (4,000
# simulations, about 40 minutes on two processors), analyses each whole and once as a recording might show it,
# trains and evaluates. Everything resumes when it is started again. Results in training/.
set -e
bin=$PWD/bin/renshaw
batches=$PWD/batches examples=$PWD/examples
mkdir -p training && cd training
"$bin" simulate "$batches/training_single.yaml" -o batch "$@"
"$bin" analyze batch --config "$examples/training_analysis.yaml" --variants 1
"$bin" summarize batch --kind simulation -o whole.csv
"$bin" summarize batch --kind simulation --analysis-name variant_0 -o observed.csv
"$bin" train whole.csv observed.csv --config "$examples/training_inference.yaml" -o single_muscle
"$bin" evaluate single_muscle whole.csv -o evaluation_whole
"$bin" evaluate single_muscle observed.csv -o evaluation_observed
