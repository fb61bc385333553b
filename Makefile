# Everything starts here, with Python 3.11 or 3.12 (with venv) and make alone. `make` lists the targets.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python
LOCK := requirements
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --only-binary :all:
SOURCES := $(shell find static -path static/build -prune -o -type f -print 2>/dev/null)
PROCESSES ?= 2
ARGS ?=

# A virtual environment whose Python has gone is made anew.
$(shell [ ! -e $(VENV)/.made ] || $(PY) -c '' 2>/dev/null || rm -f $(VENV)/.made)

.DEFAULT_GOAL := help
.PHONY: help run test sweep lint bench assets lock system-run system-test
.DELETE_ON_ERROR:

help:
	@echo "make run     the whole system on http://127.0.0.1:\$$PORT/ (8000), with the demo county"
	@echo "make test    every test, the browser's included (ARGS='-k name' for some)"
	@echo "make sweep   everybody at every route about every planted record, searched for what must not stand there"
	@echo "make lint    formatter check, linter, types, templates, layers"
	@echo "make bench   the benchmarks"
	@echo "make assets  styles and scripts alone"
	@echo "make lock    the lock files anew from requirements/*.in (needs uv)"

run: $(VENV)/.runtime system-run assets
	@exec $(PY) -m hatecase.supervisor --leash

test: $(VENV)/.develop system-test assets
	@$(PY) -m pytest -n $(PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

sweep: $(VENV)/.develop system-test assets
	@$(PY) -m pytest -q -p no:randomly -p no:logging -n $(PROCESSES) tests/sweep/whole.py $(ARGS)

lint: $(VENV)/.develop
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(PY) -m djlint --quiet --lint templates
	@$(PY) -m pytest -q -p no:randomly tests/test_layers.py

bench: $(VENV)/.develop system-run assets
	@exec $(PY) -m bench $(ARGS)

assets: node_modules/.built

# --- set-up, each step once -------------------------------------------------------------------
# The umask lets the embedded servers' system user read their programs when root installs them.
$(VENV)/.made: tools/python
	@python=$$(sh tools/python) && umask 022 && echo "Making $(VENV) with $$python" && \
		rm -rf $(VENV) && "$$python" -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.made $(LOCK)/base.txt $(LOCK)/embedded.txt
	@echo "Installing what runs (requirements/base.txt, embedded.txt)"
	@umask 022 && $(PIP) -r $(LOCK)/base.txt -r $(LOCK)/embedded.txt
	@touch $@

$(VENV)/.develop: $(VENV)/.runtime $(LOCK)/dev.txt
	@echo "Installing what tests (requirements/dev.txt)"
	@umask 022 && $(PIP) -r $(LOCK)/dev.txt
	@touch $@

system-run: $(VENV)/.runtime
	@$(PY) tools/system.py run

system-test: $(VENV)/.runtime
	@$(PY) tools/system.py test

node_modules/.installed: package.json package-lock.json | $(VENV)/.runtime
	@echo "Installing what the pages are made of (package-lock.json)"
	@sh tools/npm ci --silent --no-progress
	@touch $@

node_modules/.built: node_modules/.installed $(SOURCES)
	@echo "Compiling styles and scripts"
	@sh tools/npm run build --silent
	@touch $@

lock:
	@for group in base embedded dev; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
			--custom-compile-command "make lock" $(LOCK)/$$group.in -o $(LOCK)/$$group.txt || exit 1; done
