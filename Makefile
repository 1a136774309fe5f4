# Works with Python 3.11 or newer, pip and make: uv is fetched into .uv, everything else into .venv, nothing outside this folder.

PYTHON ?= python3
UV := .uv/bin/uv
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Trust what the machine trusts: some networks bring their own certificate.
export UV_SYSTEM_CERTS ?= 1
# Keep what Python compiled, whatever the machine says: each of the many processes the tests start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo demo-flights test lint format bench pictures docs lock clean

help:  ## say what each target does
	@sed -n 's/^\([a-z-]*\):[^#]*## /make \1\t/p' Makefile

demo: $(VENV)/.run-time  ## make a shop with somebody in every seat, study its year, and open the pages
	$(BIN)/troth demo shop $(ARGS)

demo-flights: $(VENV)/.run-time  ## judge 336,776 real flights, then open the pages on the result
	$(BIN)/troth demo flights $(ARGS)

test: $(VENV)/.development  ## run the tests; ARGS="-k word" narrows, ARGS=--long adds those that only CI runs else
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(VENV)/.development  ## check style, formatting and types
	@failed=0; for check in "ruff check" "ruff format --check" mypy; do echo "$$check"; $(BIN)/$$check || failed=1; done; exit $$failed

format: $(VENV)/.development  ## mend style and formatting
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.development  ## ours, the peer and the floor side by side
	$(BIN)/python -m benchmarks $(ARGS)

pictures: $(VENV)/.development  ## pictures of every page at 1280 and 390 px, light and dark, in pictures/
	$(BIN)/python -m tests.workspace.pictures pictures $(ARGS)

docs: $(VENV)/.development  ## write the tables of docs/settings.md anew
	$(BIN)/python -m tests.contracts.settings_page

COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--custom-compile-command "make lock" $(ARGS)

lock: $(UV)  ## resolve again within the caps of pyproject.toml; ARGS=--upgrade takes newer versions
	$(COMPILE) --extra flights --extra postgres --output-file requirements.lock
	$(COMPILE) --all-extras --group dev --constraints requirements.lock --output-file requirements-dev.lock

clean:  ## remove what was installed and cached here
	rm -rf .uv $(VENV) .mypy_cache .pytest_cache .ruff_cache

$(UV):
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .uv "uv>=0.9,<1"

$(BIN)/python: | $(UV)
	$(UV) venv --quiet --allow-existing --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)

$(VENV)/.run-time: requirements.lock pyproject.toml | $(BIN)/python
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(VENV)/.development: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes --requirements requirements-dev.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@ $(VENV)/.run-time
