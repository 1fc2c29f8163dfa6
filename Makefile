# One command each. The first target that needs tools makes a private .venv from requirements.lock.
#
#   make demo       plan, apply and plan again the example in configs/va
#   make test       all tests, with coverage
#   make lint       style, types, import contracts, documents
#   make bench      time and memory of plan and apply, for 10 to 10,000 toggles; writes/s over HTTP
#   make docs       write the documents that are generated
#   make services   install what tests need besides Python
#   make lock       pin the newest dependencies in requirements.lock
#   make clean      remove what the other targets made

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Coverage: 95 % of everything, and all of what decides or remembers.
STRICT := provider/flagstaff/plan/*,provider/flagstaff/graph/*,provider/flagstaff/state/*

FLAGSTAFF := $(BIN)/flagstaff -chdir=configs/va

.PHONY: help demo test lint bench docs services lock clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^#   //p' Makefile

$(STAMP): requirements.lock pyproject.toml .ci/venv
	@PYTHON="$(PYTHON)" .ci/venv $(VENV)
	@touch $@

demo: $(STAMP)
	@echo "The live file of the example is reset: configs/va/start.json is copied to state/va-live.json."
	@mkdir -p state && rm -f state/va.* state/.va.* state/va-live.json state/.va-live.json.*
	@cp configs/va/start.json state/va-live.json
	@printf '\n$$ flagstaff -chdir=configs/va plan -out=../../state/va.plan\n'
	@$(FLAGSTAFF) plan -out=../../state/va.plan
	@printf '\n$$ flagstaff -chdir=configs/va apply -auto-approve ../../state/va.plan\n'
	@$(FLAGSTAFF) apply -auto-approve ../../state/va.plan
	@printf '\n$$ flagstaff -chdir=configs/va plan\n'
	@$(FLAGSTAFF) plan -detailed-exitcode
	@printf '\nThat was the whole circle. The live file is state/va-live.json, the state state/va.json.\n'
	@printf 'Next: change a percentage in configs/va, plan again, and read docs/tutorial/first-ramp.md.\n'

test: $(STAMP)
	@$(BIN)/python -m pytest -n auto --cov --cov-report= tests
	@$(BIN)/coverage report --fail-under=95
	@echo "plan/, graph/ and state/, of which nothing may stay untested:"
	@$(BIN)/coverage report --include='$(STRICT)' --fail-under=100

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check

bench: $(STAMP)
	@$(BIN)/python tests/bench/bench.py $(BENCH)
	@$(BIN)/python tests/bench/bench_api.py

docs: $(STAMP)
	@$(BIN)/python docs/generate.py

services:
	@.ci/services

lock: $(STAMP)
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	$(BIN)/python -m pip --disable-pip-version-check --quiet install --target "$$tools" uv && \
	PYTHONPATH="$$tools" $(BIN)/python -m uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
	  --quiet --output-file requirements.lock
	@echo "requirements.lock names the newest versions; run make test lint before it is committed."

clean:
	rm -rf $(VENV) dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find provider tests docs -name __pycache__ -type d -prune -exec rm -rf {} +
