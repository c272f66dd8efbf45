# Everything runs in .venv, made from the locked requirements. Only Python 3.11 or newer and make are needed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin

.PHONY: help run test check bench docs samples validity lock clean setup-run setup-dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: setup-run ## set up, show a bundled person, open the web app (OPENTRD_NO_SERVE=1: without it)
	@scripts/ensure_front.sh run
	@$(BIN)/opentrd demo
	@if [ "$${OPENTRD_NO_SERVE:-}" != 1 ]; then exec $(BIN)/opentrd serve; fi

test: setup-dev ## set up, check, and test everything
	@scripts/ensure_system.sh chromium
	@scripts/ensure_system.sh postgres
	@scripts/ensure_system.sh java
	@scripts/ensure_fhir_server.sh
	@scripts/ensure_front.sh dev
	@$(MAKE) check
	@echo "test: pytest"
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: setup-dev ## style and strict types
	@echo "check: ruff"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "check: not formatted: $(BIN)/ruff format ." >&2; exit 1; }
	@echo "check: mypy"
	@$(BIN)/mypy --no-error-summary

bench: setup-dev ## measure, as ratios in one run
	@$(BIN)/python -m bench.run

docs: setup-dev ## build the documentation into site/
	@$(BIN)/python -m scripts.make_docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
	@echo "docs: site/index.html"

samples: setup-dev ## write the sample persons anew
	@$(BIN)/python -m scripts.make_samples

validity: setup-dev ## hold the definitions against a known truth: docs/validity.md
	@$(BIN)/python -m scripts.make_validity $(ARGS)

lock: ## take the newest releases that pyproject.toml allows
	@scripts/lock.sh

clean: ## remove what was made, the environment too
	@rm -rf .venv src/opentrd/service/static/vendor node_modules site build dist docs/rules docs/knowledge .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-run:
	@scripts/setup_env.sh run

setup-dev:
	@scripts/setup_env.sh dev
