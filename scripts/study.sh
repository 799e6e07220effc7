#!/bin/sh
# The whole study, at a size that two processors manage in some hours: the simulations of Fig. 2 and 3 from the
# study's recorded seeds, analysed in both profiles; an estimator from new simulations (scripts/make_estimator.sh);
# recordings, posteriors, predictive checks and all figures. Everything resumes when it is started again.
#   study.sh FOLDER DATA [DRAWS]    DATA: folder of MUedit files; DRAWS: predictive simulations per condition (100)
# With ESTIMATOR=folder that estimator serves instead of a new one.
set -e
root=$PWD bin=$PWD/bin/renshaw data=$(cd "$2" && pwd) draws=${3:-100}
mkdir -p "$1" && cd "$1"
step() { echo "== $(date +%H:%M) $*"; }

for kind in fig2 fig3; do
  for batch in "$root"/batches/${kind}_*.yaml; do
    name=$(basename "$batch" .yaml)
    step "$name"
    "$bin" simulate "$batch" -o batches/$name
    "$bin" analyze batches/$name --profile paper --config "$root/study/${kind}_analysis.yaml" | tail -n 1
    "$bin" summarize batches/$name --kind simulation --profile paper -o tables/$name.csv
    if [ $kind = fig2 ]; then
      "$bin" analyze batches/$name -o corrected/batches/$name --config "$root/study/${kind}_analysis.yaml" | tail -n 1
      "$bin" summarize corrected/batches/$name --kind simulation -o corrected/tables/$name.csv
    fi
  done
done

if [ -z "$ESTIMATOR" ]; then
  step estimator
  (cd "$root" && sh scripts/make_estimator.sh single)
  ESTIMATOR=$root/training/single_muscle
fi
step evaluation
"$bin" evaluate "$ESTIMATOR" "$ESTIMATOR/training_pairs.csv.gz" --rows 2000 --samples 200 -o evaluation --seed 1

step recordings
"$bin" convert "$data"/*.mat -o recordings
"$bin" analyze recordings --seed 1 | tail -n 1
"$bin" summarize recordings --kind experiment -o tables/experiment.csv
step posteriors
"$bin" infer "$ESTIMATOR" tables/experiment.csv -o posterior --seed 1
"$bin" infer "$root/estimators/muscle_pair" tables/experiment.csv --previous posterior/posterior_samples_each_subject.csv -o posterior_pairs --seed 1
step "predictive checks"
"$bin" predict posterior --batch "$root/batches/training_single.yaml" --estimator "$ESTIMATOR" --experiment tables/experiment.csv --draws "$draws" -o predictive

step figures
"$bin" figure all --data . -o figures
"$bin" figure fig2 --data corrected -o figures_corrected
step done
