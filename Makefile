# Every target sets up what it needs by itself: a virtual environment in .venv, from lock files with hashes.
# Needs make, git and Python 3.11 or newer with its venv module; Node only for `css`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test bench-page bench-delivery bench-growth bench-connect bench-sync bench-reports chaos lint fmt types migrations-check deploy-check css lock clean

help:  ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

run: $(RUNTIME)  ## the whole product on this machine, with a demonstration: http://127.0.0.1:8000
	@exec $(BIN)/python -m adscape.launcher

test: $(DEV)  ## the whole suite; on PostgreSQL and Redis with DATABASE_URL and CELERY_BROKER_URL set
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

lint: $(DEV)  ## ruff, the templates' form, and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --check
	$(BIN)/mypy adscape agency connections reports manage.py

bench-page: $(DEV)  ## measure the /agency page of 100 and of 10,000 clients; on DATABASE_URL's server where it is set
	@$(BIN)/python -m tests.bench.page

bench-delivery: $(DEV)  ## measure delivery: messages/s, CPU, queries; on DATABASE_URL and CELERY_BROKER_URL where both are set
	@$(BIN)/python -m tests.bench.delivery

bench-growth: $(DEV)  ## measure what a full outbox and a million finished messages cost
	@$(BIN)/python -m tests.bench.growth

bench-connect: $(DEV)  ## measure the dialog that links a number: our time beside the gateway's, and a poll's queries
	@$(BIN)/python -m tests.bench.connect

bench-sync: $(DEV)  ## measure the reading of a thousand ad accounts: seconds, statements, memory
	@$(BIN)/python -m tests.bench.sync

bench-reports: $(DEV)  ## measure ten thousand reports due at one moment: claimed, built and enqueued by two workers
	@$(BIN)/python -m tests.bench.reports

chaos: $(DEV)  ## everything fails while messages leave; none may be lost or come twice (ARGS=--short: under a minute)
	@$(BIN)/python -m tests.bench.chaos $(ARGS)

fmt: $(DEV)  ## bring code and templates into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files 'templates/*.html' | xargs $(BIN)/djade || true

migrations-check: $(DEV)  ## no model has changed without its migration
	$(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: $(DEV)  ## Django's own checks, with settings as in production
	ADSCAPE_ENV=production ADSCAPE_ENV_FILE= ADSCAPE_PUBLIC_URL=https://adscape.example \
	ADSCAPE_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))') \
	ADSCAPE_FIELD_KEYS=$$($(BIN)/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())') \
	ADSCAPE_ALLOWED_HOSTS=adscape.example DATABASE_URL=postgres://nobody@database.example/adscape \
	CELERY_BROKER_URL=redis://broker.example:6379/0 EMAIL_URL=smtp+tls://mail.example:587 \
	ADSCAPE_FROM_EMAIL=nao-responda@adscape.example \
	EVOLUTION_API_URL=https://evolution.example EVOLUTION_API_KEY=only-for-this-check \
	$(BIN)/python manage.py check --deploy --fail-level WARNING

css:  ## build static/public/app.css from static/src (needs Node 20)
	npm ci --no-audit --no-fund
	npm run build

lock: $(DEV)  ## write the lock files anew from pyproject.toml (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml --group dev -o requirements-dev.lock

clean:  ## remove the virtual environment and what tools leave behind (never the data folder)
	rm -rf $(VENV) node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Adscape needs Python 3.11 or newer as '$(PYTHON)'; name another with PYTHON=… ." >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv ." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): requirements.lock | $(BIN)/python
	@echo "Installing what Adscape runs on ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(DEV): requirements-dev.lock | $(BIN)/python
	@echo "Installing what Adscape is tested with ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@ $(RUNTIME)
