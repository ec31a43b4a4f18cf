PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

NPM := $(shell command -v npm)
BUILT := app/dashboard_build/index.html
MODULES := dashboard/node_modules/.package-lock.json
PAGES := $(shell find dashboard/src dashboard/public -type f 2>/dev/null) $(wildcard dashboard/*.*)

.DEFAULT_GOAL := help
.PHONY: help install dashboard dashboard-types screenshots run demo test test-postgres test-containers check lint
.PHONY: torture bench bench-full lock mutants matrix secrets

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.runtime: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

$(VENV)/.torture: requirements-torture.txt $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-torture.txt
	touch $@

install: $(VENV)/.dev ## Install everything that running, testing and checking need

ifdef NPM
$(MODULES): dashboard/package-lock.json
	cd dashboard && npm ci --no-audit --no-fund --loglevel=error
	touch $@

$(BUILT): $(MODULES) $(PAGES)
	cd dashboard && npm run --silent build -- --logLevel=warn

dashboard: $(BUILT) ## Build the dashboard, if npm is here
else
dashboard:
	@echo "npm is not here, so the dashboard is not built; everything else works without it"
endif

dashboard-types: $(VENV)/.dev dashboard ## Write the types that the dashboard has of /openapi.json
	$(BIN)/python -m tests.dashboard.document | (cd dashboard && node scripts/types.mjs /dev/stdin)

screenshots: $(VENV)/.dev dashboard ## Make docs/screenshots/ again, in a real Chromium
	$(BIN)/python -m tests.dashboard.screenshots

run: $(VENV)/.runtime dashboard ## Start the service on embedded defaults (SQLite file in ./data)
	$(BIN)/gunicorn -c gunicorn.conf.py wsgi:app

demo: $(VENV)/.runtime dashboard ## Start the service with a generated trading history
	$(BIN)/flask --app wsgi prepare
	$(BIN)/flask --app wsgi demo
	$(BIN)/gunicorn -c gunicorn.conf.py wsgi:app

test: $(VENV)/.dev dashboard ## Run all tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/.dev ## Check style, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-postgres: $(VENV)/.dev ## Run what holds on both databases on PostgreSQL (half an hour)
	DATABASE=postgres BOTH_DATABASES_FILLS=5000 $(BIN)/python -m pytest -n 2 --dist worksteal -rs \
		tests/blueprints tests/db tests/services tests/system

test-containers: $(VENV)/.dev ## Run the documents' Compose commands on a Docker engine (that runs this nowhere else)
	DOCKER=1 $(BIN)/python -m pytest -n 0 tests/deploy/test_engine.py

check: lint test ## Everything that must hold before a commit

torture: $(VENV)/.dev ## Run the fault tests with their long figures, for hours: OPTIONS="--only T5 --scale 0.1"
	$(BIN)/python -m tests.torture $(OPTIONS)

bench: $(VENV)/.dev ## Measure in some minutes, and print it
	$(BIN)/python -m benchmarks

bench-full: $(VENV)/.dev ## Measure everything, and write docs/BENCHMARKS.md
	$(BIN)/python -m benchmarks --full --out docs/benchmarks
	$(BIN)/python -m benchmarks.document

lock: ## Pin every dependency with its hashes again
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 requirements.in -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 requirements-torture.in -o requirements-torture.txt

mutants: $(VENV)/.torture ## See which changes of the domain and the cache no test finds: MODULES="risk totals"
	$(BIN)/python -m tests.mutants $(MODULES)

matrix: $(VENV)/.dev ## Write docs/FEATURE_MATRIX.md from the tests
	$(BIN)/python -m tests.feature_matrix

secrets: ## Make the secret files that docker-compose.yml asks for
	sh deploy/make-secrets
