#!/bin/sh
# Usage: make_estimator.sh single|pair [flags of renshaw simulate]
# An estimator that comes with the program, from nothing. Within a muscle: simulates batches/training_single.yaml (16,000
# simulations) and 2,000 others to judge it by (an hour and a half to four hours on two processors together); of pairs of
# muscles: batches/training_pair_wide.yaml (4,500) and 2,000 others. Analyses each whole and once as a recording might show it,
# trains and evaluates. Everything resumes when it is started again. Results in training/ and training_pairs/.
set -e
bin=$PWD/bin/renshaw
case $1 in
  single) dir=training name=single_muscle batch=training_single seed=3026 settings=training pairs= ;;
  pair) dir=training_pairs name=muscle_pair batch=training_pair_wide seed=3027 settings=training_pair pairs='--pairs between' ;;
  *) sed -n 2p "$0" >&2; exit 2 ;;
esac
shift
batch=$PWD/batches/$batch.yaml settings=$PWD/examples/$settings
mkdir -p $dir && cd $dir
"$bin" simulate "$batch" -o batch "$@"
"$bin" simulate "$batch" -o test --seed $seed --n 2000
for set in batch test; do
  "$bin" analyze $set --config "${settings}_analysis.yaml" --variants 1
  "$bin" summarize $set --kind simulation $pairs -o ${set}_whole.csv
  "$bin" summarize $set --kind simulation $pairs --analysis-name variant_0 -o ${set}_observed.csv
done
"$bin" train batch_whole.csv batch_observed.csv --held-out test_whole.csv --held-out test_observed.csv \
  --config "${settings}_inference.yaml" -o $name
"$bin" evaluate $name test_whole.csv -o evaluation_whole
"$bin" evaluate $name test_observed.csv -o evaluation_observed
