# `make help` lists what can be done. A fresh machine needs python3.11, make and a package index.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export UV_PYTHON_DOWNLOADS := never

BENCH := $(BIN)/python -m pytest -m bench --benchmark-enable --benchmark-disable-gc -p no:randomly -q -s \
  --benchmark-columns=min,median,max,rounds

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { \
	  $(PYTHON) -m venv --without-pip --clear $(VENV) && \
	  $(PYTHON) -m pip --python $(BIN)/python install -q --ignore-installed pip; }

$(VENV)/.base: requirements/base.txt | $(VENV)/bin/python
	@echo "Installing what the product needs ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing what development needs ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@ $(VENV)/.base

.PHONY: setup
setup: $(VENV)/.dev ## Install everything for development

.PHONY: up
up: $(VENV)/.base ## Start web server, scheduler and replay server in this terminal
	@$(BIN)/python manage.py up

.PHONY: test
test: $(VENV)/.dev ## Run the test suite on SQLite and on PostgreSQL
	@$(BIN)/python -m pytest -n auto
	@TEST_DATABASE=postgres $(BIN)/python -m pytest -n auto -m "not one_database" tests/faults $(addprefix tests/integration/, \
	  actions collectors/disclosures commands engine execution models pages politeness)

.PHONY: check
check: $(VENV)/.dev ## Lint, types, imports, migrations, templates, deploy checks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --check --lint --quiet templates
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@ENV_FILE=/dev/null ENVIRONMENT=production SECRET_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_urlsafe(60))") \
	  $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/pre-commit validate-config

.PHONY: bench
bench: $(VENV)/.dev ## Measure: planning, due bursts, start-up, idle statements, audits, forecasts, parsing
	@$(BENCH) tests/bench
	@TEST_DATABASE=postgres $(BENCH) tests/bench/test_engine.py tests/bench/test_audit.py tests/bench/test_scale.py

$(VENV)-peers/.installed: requirements/peers.txt
	@$(PYTHON) -m venv $(VENV)-peers 2>/dev/null || $(PYTHON) -m venv --without-pip --clear $(VENV)-peers
	@$(PYTHON) -m pip --python $(VENV)-peers/bin/python install -q --disable-pip-version-check --require-hashes \
	  -r requirements/peers.txt
	@touch $@

.PHONY: peers
peers: $(VENV)/.dev $(VENV)-peers/.installed ## Race the other schedulers: COUNT=10000 due at once (needs redis-server)
	@$(BIN)/python -m tests.bench.peers.race $(or $(COUNT),10000)

.PHONY: faults
faults: export FAULTS_ROUNDS = $(or $(ROUNDS),1)
faults: export FAULTS_RECORD = $(CURDIR)/var/faults.jsonl
faults: $(VENV)/.dev ## Break it in every way, audit each time, write the table (ROUNDS=1 ONLY="F01 or F10")
	@mkdir -p var && rm -f $$FAULTS_RECORD
	@for database in sqlite postgres; do \
	  TEST_DATABASE=$$database $(BIN)/python -m pytest tests/faults -q -p no:randomly --show-capture=no -k "$(ONLY)"; \
	done; $(BIN)/python -m tests.faults.report $$FAULTS_RECORD

.PHONY: histories
histories: $(VENV)/.dev ## Draw random histories of outages, edits and kills, and audit each (NUMBER=1000)
	@HISTORIES=$(or $(NUMBER),1000) $(BIN)/python -m pytest tests/integration/engine/test_any_history.py -q -p no:randomly --show-capture=no

.PHONY: audit
audit: $(VENV)/.dev ## Look for known vulnerabilities in the pinned packages
	@$(BIN)/pip-audit --strict --require-hashes -r requirements/workers.txt

.PHONY: lock
lock: $(VENV)/.dev ## Compile requirements/*.in into hashed pins
	@for name in base production workers dev peers; do \
	  $(BIN)/uv pip compile -q --universal --generate-hashes --python-version 3.11 \
	    --custom-compile-command "make lock" --no-emit-index-url requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done
