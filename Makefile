# Thin: makes the virtual environment, then hands over to `python -m harness`.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/harness.lock
STAMP := $(VENV)/.installed
LINT_STAMP := $(VENV)/.installed-dev
FUZZ_STAMP := $(VENV)/.installed-fuzz
TARGET ?= embedded
HARNESS = @$(BIN)/python -m harness
# As it was given, for the shell: ids of scenarios hold quotes, spaces and dollars.
quoted = '$(subst ','\'',$(value $(1)))'
PART = $(if $(value ONLY),--only $(call quoted,ONLY)) $(if $(value LANE),--lane $(call quoted,LANE)) \
	$(if $(value SERVICE),--service $(call quoted,SERVICE)) $(if $(QUICK),--quick)
# One more than cores: tests mostly wait for processes.
PYTEST = $(BIN)/python -m pytest -n $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )) --target $(TARGET)

$(STAMP): $(LOCK)
	@[ -w . ] || { echo "$$PWD cannot be written: make it writable ($(VENV), build and .run are made there)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments: install python3-venv (apt-get install python3-venv)" >&2; exit 1; }
	@echo "Installing the pinned packages into $(VENV) (a minute or so, once)" >&2
	@$(PYTHON) -m venv $(VENV)
	@( while sleep 15 >/dev/null 2>&1; do echo "… still installing" >&2; done ) & ticker=$$!; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK) >&2; \
		status=$$?; kill $$ticker; exit $$status
	@touch $@

$(LINT_STAMP): requirements/dev.lock $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock >&2
	@touch $@

.PHONY: help apply plan destroy up down outputs env status logs feed reconcile trace audit redrive rebuild-projection republish replay history verify soak bench gate baseline package image test test-unit test-smoke \
	test-integration test-security test-perf test-resilience test-gate-power test-containers lint mutation fuzz simulate \
	test-planted-bugs test-faults

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

apply: $(STAMP) ## everything up to a running system: packages, emulators, infrastructure, code, engine tasks
	$(HARNESS) apply --target $(TARGET)

plan: $(STAMP) ## what apply would change
	$(HARNESS) plan --target $(TARGET)

destroy: $(STAMP) ## destroys the infrastructure; the target goes on running
	$(HARNESS) destroy --target $(TARGET)

up: $(STAMP) ## starts the target's emulators, PostgreSQL and engine agent, without infrastructure
	$(HARNESS) up --target $(TARGET)

down: $(STAMP) ## stops every local process; leaves nothing outside the checkout
	$(HARNESS) down --target $(TARGET)

outputs: $(STAMP) ## prints every Terraform output as one JSON object (make -s outputs)
	$(HARNESS) outputs --target $(TARGET)

env: $(STAMP) ## prints export lines that make the AWS CLI, boto3 and psql talk to the target (make -s env)
	$(HARNESS) env --target $(TARGET)

status: $(STAMP) ## what runs and where, lag, what is stuck (exit status 1 then), last verdict
	$(HARNESS) status --target $(TARGET)

logs: $(STAMP) ## the ends of the logs of emulators, database, functions and engine tasks
	$(HARNESS) logs --target $(TARGET)

feed: $(STAMP) ## FILE=path: puts a feed on the stream and shows what became of each record
	$(HARNESS) feed --target $(TARGET) $(FILE)

reconcile: $(STAMP) ## adds up a day's reconciliation reports (DATE=YYYY-MM-DD, default the newest)
	$(HARNESS) reconcile --target $(TARGET) $(if $(DATE),--date $(DATE))

trace: $(STAMP) ## RECORD=id: the way of a record to its notifications, hop by hop; a record id, or a trade's, event's or account's
	$(HARNESS) trace --target $(TARGET) $(if $(value RECORD),$(call quoted,RECORD))

audit: $(STAMP) ## who redrove or discarded letters, released elections and changed rules (SINCE=2026-11-30)
	$(HARNESS) audit --target $(TARGET) $(if $(SINCE),--since $(SINCE))

redrive: $(STAMP) ## what was given up: dead letters and failed batches; DO='show ID', 'send ID', 'send --all --reason CODE', 'discard ID --note TEXT', '--history'
	$(HARNESS) redrive --target $(TARGET) $(DO)

rebuild-projection: $(STAMP) ## writes the read projection again from PostgreSQL; DRY_RUN=1 counts only
	$(HARNESS) rebuild-projection --target $(TARGET) $(if $(DRY_RUN),--dry-run)

republish: $(STAMP) ## announces entitlements again, under the ids they had: EVENT=id or SINCE=instant; DRY_RUN=1
	$(HARNESS) republish --target $(TARGET) $(if $(EVENT),--event $(EVENT)) $(if $(SINCE),--since $(SINCE)) $(if $(DRY_RUN),--dry-run)

replay: $(STAMP) ## sends what the stream still holds through ingestion again, to a restored database: FROM=instant or FROM=oldest; DRY_RUN=1
	$(HARNESS) replay --target $(TARGET) $(if $(FROM),--from $(FROM)) $(if $(DRY_RUN),--dry-run)

history: $(STAMP) ## EVENT=id [ACCOUNT=id]: an event's entitlements with every revision and reversal, as JSON
	$(HARNESS) history --target $(TARGET) $(EVENT) $(ACCOUNT)

verify: $(STAMP) ## whether nothing was lost, doubled or left behind, after any run; each violation with the next command
	$(HARNESS) verify --target $(TARGET)

soak: $(STAMP) ## records at a steady rate, then whether memory is flat and lag does not grow: MINUTES=60 RATE=100
	$(HARNESS) soak --target $(TARGET) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(RATE),--rate $(RATE))

bench: $(STAMP) ## ratios in one run: a dividend of 10,000 holders over a floor, apply over its replayed calls, other events over a dividend
	$(HARNESS) bench --target $(TARGET)
	@$(BIN)/python -m tests.bench

gate: $(STAMP) ## all scenarios, then the verdict; a part: ONLY=id[,id…] LANE= SERVICE= QUICK=1 (a minute); DEFECTS=file.yaml: which of these it catches
	$(if $(DEFECTS),$(HARNESS) power --target $(TARGET) --defects $(DEFECTS),$(HARNESS) gate --target $(TARGET) $(PART))

test-gate-power: $(STAMP) ## plants each seeded defect and shows which scenario catches it (brings up an instance with FAULT_LAYER=1); QUICK=1: by QUICK's scenarios only
	$(HARNESS) power --target $(TARGET) $(if $(QUICK),--quick)

baseline: $(STAMP) ## how the gate's last result differs from the accepted one; ACCEPT=1 takes it
	$(HARNESS) baseline --target $(TARGET) $(if $(ACCEPT),--accept)

package: $(STAMP) ## makes the deterministic zips of functions and engine in build/
	$(HARNESS) package

image: $(STAMP) ## the engine's container image (Docker or Podman); ENGINE_BASE_IMAGE=name, IMAGE_OPTIONS="--python 3.13 --repository NAME"
	$(HARNESS) image $(IMAGE_OPTIONS)

test: $(STAMP) ## all suites against the target, bringing it up when it is not
	@$(PYTEST) tests

test-unit: $(STAMP) ## domain, harness and provider, on real components of their own
	@$(PYTEST) tests/unit

test-smoke: $(STAMP) ## every resource, with the attributes that matter
	@$(PYTEST) tests/smoke

test-integration: $(STAMP) ## ingestion, entitlements, notifications, reconciliation, API
	@$(PYTEST) tests/integration

test-security: $(STAMP) ## encryption of every service, trust and scope of every role
	@$(PYTEST) tests/security

test-perf: $(STAMP) ## the seed's two bursts; prints p50, p95 and p99
	@$(PYTEST) tests/performance

test-resilience: $(STAMP) ## killed tasks, changed rules, drift
	@$(PYTEST) tests/resilience

test-containers: $(STAMP) ## the whole system and the gate on MiniStack in a container; starts a Docker daemon where we are root and none answers
	$(HARNESS) containers

lint: $(LINT_STAMP) ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

mutation: $(LINT_STAMP) ## mutants of domain/ that its tests kill; SAMPLE=600 SEED=1 draws some, without it all (hours)
	@$(BIN)/python -m tests.mutation $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

$(FUZZ_STAMP): requirements/fuzz.lock $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.lock >&2
	@touch $@

fuzz: $(FUZZ_STAMP) ## every parser under a coverage-guided fuzzer (hours); PARSERS="message line" RUNS=20000 SEED=1
	@$(BIN)/python -m tests.fuzz $(PARSERS) $(if $(RUNS),--runs $(RUNS)) $(if $(SEED),--seed $(SEED))

simulate: $(STAMP) ## the system under virtual time with faults, by seeds: SCHEDULES=500 SEED=1 PROCESSES=1; a seed gives the same schedule again
	@$(BIN)/python -m tests.simulation $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(if $(SEED),--seed $(SEED)) $(if $(PROCESSES),--processes $(PROCESSES))

test-faults: $(STAMP) ## faults on an instance of its own: each failpoint, then schedules by seed, SCHEDULES=100 SEED=1; FAILPOINTS=0 leaves the failpoints out
	@$(BIN)/python -m tests.faults $(if $(SCHEDULES),--schedules $(SCHEDULES)) $(if $(SEED),--seed $(SEED)) $(if $(FAILPOINTS),--failpoints $(FAILPOINTS))

test-planted-bugs: $(STAMP) ## plants faults of ours and says after how many schedules the simulation finds each; BUGS="id …" PROCESSES=1
	@$(BIN)/python -m tests.simulation.planted $(BUGS) $(if $(PROCESSES),--processes $(PROCESSES))
