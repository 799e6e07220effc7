# make run     set up, execute the notebooks on the examples (or DATA=folder, BATCH=file), results in out/
# make test    everything that guards the project
# make lab     JupyterLab with the kernel selected
# make bench   benchmarks
# Everything lives in this checkout; nothing in your home is touched.

SHELL := /bin/sh
ROOT := $(CURDIR)
OUT ?= out
DATA ?= examples
PROFILE ?= corrected
BATCH ?= batches/example.yaml
NOTEBOOKS := 00_start_here 11_process_experimental_data 12_analyze_batch 13_organize_experimental_data 14_explore_recording 15_exchange \
	21_simulate_batch 22_analyze_batch 23_simulation_batch_summary 31_train_and_evaluate 32_infer_experiment 33_posterior_predictive_checks \
	34_posterior_figures 41_fig2_proxy_features 42_fig3_common_input 43_fig5_recruitment_threshold 99_gallery

export GOCACHE ?= $(ROOT)/.cache/go-build
export GOMODCACHE ?= $(ROOT)/.cache/go-mod
export GOFLAGS := -buildvcs=false -modcacherw
# Go's own linker is twice as fast as the system's, which is what packages in C get unless asked.
ifeq ($(shell uname -sm),Linux x86_64)
export GOFLAGS += '-ldflags=-s -w -linkmode=internal'
endif
export RENSHAW_ROOT := $(ROOT)
export JUPYTER_PATH := $(ROOT)/jupyter
export JUPYTER_CONFIG_PATH := $(ROOT)/jupyter/config
export JUPYTER_CONFIG_DIR := $(ROOT)/.jupyter/config
export JUPYTER_DATA_DIR := $(ROOT)/.jupyter/data
export JUPYTER_RUNTIME_DIR := $(ROOT)/.jupyter/runtime
export JUPYTERLAB_SETTINGS_DIR := $(ROOT)/.jupyter/settings
export JUPYTERLAB_WORKSPACES_DIR := $(ROOT)/.jupyter/workspaces
export IPYTHONDIR := $(ROOT)/.jupyter/ipython
export MPLCONFIGDIR := $(ROOT)/.jupyter/mpl
export PIP_NO_CACHE_DIR := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PY := .venv/bin/python
GO_SOURCES := $(shell find cmd pkg internal -name '*.go' -o -name '*.c' -o -name '*.h' 2>/dev/null) go.mod go.sum

.PHONY: writable scaling study keep-figures estimator pair-estimator c2st slurm-test examples bench-options bench-batch run test lab bench clean setup build quick race notebooks-test browser-test peers-test docs-test image-test coverage fuzz lock compile-benchmarks

run: setup
	@$(PY) -c 'import json,os,sys; d=os.path.abspath(sys.argv[1]); print(json.dumps({"Data": d, "Out": os.path.abspath(sys.argv[2]), "Profile": sys.argv[3], "Batch": os.path.abspath(sys.argv[4]), "Workers": os.cpu_count()}))' "$(DATA)" "$(OUT)" "$(PROFILE)" "$(BATCH)" > .jupyter/params.json
	RENSHAW_PARAMS="$$(cat .jupyter/params.json)" RENSHAW_RAW_ERROR=true $(PY) scripts/run_notebooks.py --out "$(OUT)" $(NOTEBOOKS:%=notebooks/%.ipynb)

# Everything is written below the checkout.
writable:
	@test -w . && { test ! -e .jupyter || test -w .jupyter; } || { echo "$(ROOT) cannot be written by user $$(id -u): clone it into a folder of your own, or call its bin/renshaw with -o elsewhere (bin/renshaw --help)" >&2; exit 1; }

setup: writable .jupyter/.folders bin/gonb .venv/.done build
	@$(MAKE) -s .cache/.warm

.jupyter/.folders:
	sh scripts/system-packages.sh
	mkdir -p .jupyter/config .jupyter/data .jupyter/runtime .jupyter/tmp .cache
	touch $@

build: bin/renshaw

bin/renshaw: .jupyter/.folders $(GO_SOURCES)
	go build -o $@ ./cmd/renshaw

bin/gonb: tools/go.mod tools/go.sum
	cd tools && GOBIN="$(ROOT)/bin" go install tool
	touch $@

.venv/.done: requirements.txt
	python3 -m venv .venv
	$(PY) -m pip install -q -r requirements.txt
	touch $@

# The packages that cells import, compiled once, so that the first cell is quick; the
# kernel works offline, so every module is there before.
.cache/.warm: $(GO_SOURCES)
	go mod download
	go build ./...
	touch $@

lab: setup
	.venv/bin/jupyter lab --notebook-dir=notebooks --LabApp.default_url=/lab/tree/00_start_here.ipynb $(LABFLAGS)

# The last four take one processor each.
test: setup quick race compile-benchmarks notebooks-test
	$(MAKE) -j2 --output-sync=target docs-test peers-test slurm-test browser-test
	@echo "all tests passed"

# Formatting, length of lines, vet, staticcheck and every test of every package in full. (Plain
# go test ./... chooses among the cases of long tests, and takes a minute.)
quick: setup
	@test -z "$$(gofmt -l cmd pkg internal)" || { gofmt -l cmd pkg internal; exit 1; }
	@$(PY) scripts/line_lengths.py cmd pkg internal
	go vet ./...
	bin/staticcheck ./...
	RENSHAW_THOROUGH=1 go test -timeout 8m ./...

# GoMLX's matrix products keep addresses as integers, which the pointer check that comes
# with -race refuses; the check stays on for everything else.
# Of the program those tests that give every kind of job several workers, or interrupt it.
RACE := GORACE=atexit_sleep_ms=0 go test -timeout 20m -race -gcflags='github.com/gomlx/...=-d=checkptr=0' -short
RACE_TESTS := SameBytes|TrainAndEvaluate|SimulateContract|BadFileAmongGood|Explore|FolderInUse|Interrupt|Terminate|Predict

race: setup
	$(RACE) ./pkg/run/job ./pkg/file/h5 ./pkg/simulation/batch ./pkg/file/matfile
	RENSHAW_THOROUGH=1 $(RACE) -run '^Test($(RACE_TESTS))' ./cmd/renshaw

compile-benchmarks: setup
	go test -run NONE -bench . -benchtime 1x ./... > .jupyter/benchmarks.log || { cat .jupyter/benchmarks.log; exit 1; }

notebooks-test: setup
	rm -rf .jupyter/test-out
	$(MAKE) -s run OUT=.jupyter/test-out
	$(PY) scripts/check_notebooks.py notebooks .jupyter/test-out

# A batch through a real SLURM on this machine, where that is installed; about a minute.
slurm-test: setup
	timeout 170 sh scripts/slurm_test.sh

# Exports opened by the programs they are for, numbers beside Elephant's; in an environment of its own.
peers-test: setup .jupyter/peers-venv/.done
	.jupyter/peers-venv/bin/python scripts/peers_test.py $(PEERS_FLAGS)

.jupyter/peers-venv/.done: requirements-peers.txt
	python3 -m venv .jupyter/peers-venv
	.jupyter/peers-venv/bin/python -m pip install -q -r requirements-peers.txt
	touch $@

# Every command that the documentation shows.
docs-test: setup
	$(PY) scripts/docs_test.py

# The container image, built and tried with buildah (root, debootstrap; a quarter of an hour).
image-test: setup
	sh scripts/image_test.sh $(IMAGE_FLAGS)

browser-test: setup
	$(PY) scripts/browser_test.py

bench: setup
	go test -run NONE -bench . -benchmem -count 6 ./pkg/analysis/crosshist ./pkg/analysis/anafile ./pkg/exchange/convert ./pkg/num/signal ./pkg/num/mt19937 ./pkg/simulation/motorpool | tee .jupyter/bench.txt

# The recordings with known recurrent inhibition, made anew from examples/known_truth.yaml.
examples: setup
	go run ./internal/knowntruth examples
	rm -rf .jupyter/examples && bin/renshaw convert examples/V?_*.mat -o .jupyter/examples
	mkdir -p examples/recordings
	cp .jupyter/examples/*.h5 .jupyter/examples/MU_properties_ALL.csv .jupyter/examples/MU_properties.columns.json examples/recordings/

# Simulate, analyse (shipped options without coherence) and summarise a sample of the
# single-muscle training set, and what 1,000 would take.
bench-batch: setup
	sh scripts/bench_batch.sh

# How time and memory grow with the size of the work (a quarter of an hour), for docs/benchmarks.md.
scaling: setup
	go run ./internal/scaling bin/renshaw . docs/figures

# The estimator that comes with the program, made anew from simulations (two to five hours), in training/.
estimator: setup
	sh scripts/make_estimator.sh single

# The same for pairs of muscles (one to two hours).
pair-estimator: setup
	sh scripts/make_estimator.sh pair

# The whole study: simulations of Fig. 2 and 3 from their recorded seeds, an estimator from new ones, posteriors of
# the recordings in DATA, predictive checks, all figures. Hours; resumes when it is started again.
STUDY ?= study_run
study: setup
	sh scripts/study.sh "$(STUDY)" "$(DATA)"

# The figures of the last make run, as they are kept in the repository.
keep-figures:
	sh scripts/keep_figures.sh "$(OUT)/figures" figures

# C2ST on the three standard tasks; needs RENSHAW_SHARED. C2ST_FLAGS as in go run ./internal/benchmarktasks -help.
c2st: setup
	go run ./internal/benchmarktasks $(C2ST_FLAGS)

# What each option of the simulator that is off by default changes (table in docs/model.md).
bench-options: setup
	go run ./internal/optioneffects

# Coverage of every package by all Go tests together.
coverage: setup
	RENSHAW_THOROUGH=1 go test -timeout 10m -coverpkg=./pkg/... -coverprofile=.jupyter/cover.out ./... > .jupyter/cover.log || { cat .jupyter/cover.log; exit 1; }
	$(PY) scripts/coverage.py .jupyter/cover.out

fuzz: setup
	go test -run NONE -fuzz FuzzLevel5 -fuzztime 20m -fuzzminimizetime 3x ./pkg/file/matfile
	go test -run NONE -fuzz FuzzHDF5Child -fuzztime 20m -fuzzminimizetime 3x ./pkg/file/matfile
	go test -run NONE -fuzz FuzzLoad -fuzztime 5m -fuzzminimizetime 3x ./pkg/file/pickle
	for p in file/npz exchange/muedit2 exchange/npztrains exchange/openhdemg exchange/demuse exchange/otb exchange/spiketable exchange/bids exchange/nwb; do \
		go test -run NONE -fuzz FuzzRead -fuzztime 5m -fuzzminimizetime 3x ./pkg/$$p || exit 1; done

lock:
	rm -rf .jupyter/lock && python3 -m venv .jupyter/lock
	.jupyter/lock/bin/pip install -q -r requirements.in
	.jupyter/lock/bin/pip freeze > requirements.txt
	rm -rf .jupyter/lock

clean:
	rm -rf out bin .venv .jupyter .cache
