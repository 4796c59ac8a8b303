.DEFAULT_GOAL := help
.PHONY: help setup runtime demo serve test test-long check audit format bench lock pages walk docs reference

PYTHON ?= python3
BIN := .venv/bin
ONCE ?=
DEMO_FLAGS := $(if $(ONCE),--once)
# Two cores: two processes of tests. Three are a tenth quicker, and what is timed in a browser suffers.
JOBS ?= 2

help: ## say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# Both stamps are remade when what they install from has changed.
.venv/.runtime: pyproject.toml requirements/runtime.txt
	@sh scripts/install.sh runtime
	@touch $@

.venv/.tools: .venv/.runtime requirements/dev.txt
	@sh scripts/install.sh dev
	@touch $@

.venv/.docs: .venv/.runtime requirements/docs.txt
	@sh scripts/install.sh docs
	@touch $@

runtime: .venv/.runtime

setup: .venv/.tools ## set everything up in .venv, with the tools for tests

demo: .venv/.runtime ## add the sample book, answer questions from it, serve it (ONCE=1: don't serve)
	@$(BIN)/glossator demo $(DEMO_FLAGS)

serve: .venv/.runtime ## serve your library
	@$(BIN)/glossator serve

test: .venv/.tools ## run the tests
	@sh scripts/pages.sh test
	@$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not long"

test-long: .venv/.tools ## run the long tests: kills, loads and times in large numbers; prints their figures
	@$(BIN)/pytest -m long -s --timeout 7200

check: .venv/.tools ## formatting, lint, types, import contracts, licences, secrets; the pages with Node
	@sh scripts/pages.sh check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python scripts/audit.py

audit: .venv/.tools ## licences, starters, secrets in every commit, known faults; artifacts/sbom.json
	@$(BIN)/python scripts/audit.py --all

format: .venv/.tools ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.tools ## measure, print tables, write docs/benchmarks.md
	$(BIN)/python -m bench

walk: .venv/.tools ## make the README's pictures and its walk (needs Chromium and the Noto fonts)
	@$(BIN)/python scripts/walk.py

pages: ## build the pages and the widget from frontend/ (needs Node 20)
	@sh scripts/pages.sh build

docs: .venv/.docs ## build the documentation's site into artifacts/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir artifacts/site

reference: .venv/.runtime ## make the documentation's pages of reference from the code
	@$(BIN)/python scripts/reference.py

lock: .venv/.tools ## resolve the dependencies anew into requirements/
	@sh scripts/lock.sh
