# Everything runs out of .venv, made from the lock files on first use.
PYTHON ?= $(or $(shell command -v python3.11),python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo run test check fix bench soak lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

demo: .venv/.run ## try it in a browser, without an account or token
	@exec $(BIN)/python -m bot demo

run: .venv/.run ## relay; settings come from the environment or .env
	@exec $(BIN)/python -m bot run

test: .venv/.work ## run the tests; ARGS="-k name" picks some
	$(BIN)/python -m pytest -n 4 --dist worksteal $(ARGS)

check: .venv/.work ## lint, types, import rules, catalogs; edits nothing
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m tools.catalogs check

fix: .venv/.work ## mend what can be mended: lint, format, catalogs
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/python -m tools.catalogs update

bench: .venv/.work ## measure; prints each figure beside its floor
	$(BIN)/python -m pytest -q -s --timeout 600 tests/benchmarks/bench_*.py

soak: .venv/.work ## kill and fail for an hour; writes its figures into both READMEs
	$(BIN)/python -m tests.soak --json docs/soak.json
	$(BIN)/python -m tools.figures update

lock: ## pin the newest versions that pyproject.toml allows (needs uv)
	uv pip compile $(LOCK) pyproject.toml -o requirements.lock
	uv pip compile $(LOCK) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --upgrade --no-annotate \
	--no-strip-extras --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

clean: ## remove .venv and what the tools left; keeps data and .env
	rm -rf .venv build dist htmlcov .coverage* .hypothesis .*_cache
	find bot tests tools -name __pycache__ -prune -exec rm -rf {} +

.venv/.run: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "market-relay needs Python 3.11 or newer, and $(PYTHON) is not."; \
		echo "Name one: make PYTHON=/path/to/python3.12"; exit 1; } >&2
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements.lock
	@touch $@

.venv/.work: .venv/.run requirements-dev.lock pyproject.toml
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@
