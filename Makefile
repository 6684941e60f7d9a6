# Thin: makes the virtual environment, then hands over to `python -m harness`.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := requirements/harness.lock
STAMP := $(VENV)/.installed
LINT_STAMP := $(VENV)/.installed-dev
TARGET ?= embedded
HARNESS = @$(BIN)/python -m harness

$(STAMP): $(LOCK)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "This Python cannot make virtual environments: install python3-venv (apt-get install python3-venv)" >&2; exit 1; }
	@echo "Installing the pinned packages into $(VENV) (a minute or so, once)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK) >&2
	@touch $@

$(LINT_STAMP): requirements/dev.lock $(STAMP)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock >&2
	@touch $@

.PHONY: help package image up down env status logs test test-unit lint

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

package: $(STAMP) ## makes the deterministic zips of functions and engine in build/
	$(HARNESS) package

image: $(STAMP) ## builds the engine's container image; IMAGE_OPTIONS="--base NAME --python 3.13 --platform linux/amd64 --repository NAME"
	$(HARNESS) image $(IMAGE_OPTIONS)

up: $(STAMP) ## starts the target's emulators, PostgreSQL and engine agent, without infrastructure
	$(HARNESS) up --target $(TARGET)

down: $(STAMP) ## stops every local process; leaves nothing outside the checkout
	$(HARNESS) down --target $(TARGET)

env: $(STAMP) ## prints export lines that make the AWS CLI, boto3 and psql talk to the target (make -s env)
	$(HARNESS) env --target $(TARGET)

outputs: $(STAMP) ## prints every Terraform output as one JSON object (make -s outputs)
	$(HARNESS) outputs --target $(TARGET)

feed: $(STAMP) ## FILE=path: puts a feed on the stream and shows what became of each record
	$(HARNESS) feed --target $(TARGET) $(FILE)

gate: $(STAMP) ## all suites on a target, then the verdict: pass, regression or could-not-judge
	$(HARNESS) gate --target $(TARGET)

status: $(STAMP) ## what runs and where
	$(HARNESS) status --target $(TARGET)

logs: $(STAMP) ## the ends of the logs of emulators, database and engine tasks
	$(HARNESS) logs --target $(TARGET)

test: $(STAMP) ## every suite that runs without infrastructure (unit, on real emulators and PostgreSQL)
	@$(BIN)/python -m pytest -n auto tests/unit

test-unit: test ## the same, until the other suites run

lint: $(LINT_STAMP) ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
