# One command each. The first target that needs tools makes a private .venv from requirements.lock.
#
#   make demo       plan and apply the example in configs/va, see a raise refused, and where everything is
#   make test       all tests, with coverage
#   make lint       style, types, import contracts, documents, and whether their site can be made
#   make bench      time and memory of plan and apply, for 10 to 10,000 toggles; writes/s over HTTP; state stores
#   make docs       write the documents that are generated
#   make site       make the documentation's site, in site/: open site/index.html, no server is needed
#   make fmt-answers   ask HCL's own formatter anew what `flagstaff fmt` must print
#   make services   install what tests need besides Python
#   make lock       pin the newest dependencies in requirements.lock, and in requirements-run.lock those of the action
#   make clean      remove what the other targets made

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# Coverage: 95 % of everything, and all of what decides or remembers.
STRICT := provider/flagstaff/plan/*,provider/flagstaff/graph/*,provider/flagstaff/state/*

FLAGSTAFF := $(BIN)/flagstaff -chdir=configs/va
MKDOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

.PHONY: help demo test lint bench docs site fmt-answers services lock clean
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
	@printf '\nNow a Go that comes too early: wave 1A of Medical Records. Its plan refuses, with exit code 3, and says why.\n'
	@printf '\n$$ flagstaff -chdir=configs/va plan -var '\''medical_records_go=["wave_1a"]'\''\n'
	@$(FLAGSTAFF) plan -var 'medical_records_go=["wave_1a"]' || test $$? -eq 3
	@printf '\nWhere everything is, on one screen:\n\n$$ flagstaff -chdir=configs/va status\n'
	@$(FLAGSTAFF) status
	@printf '\nSecure Messaging went from 0 to 5 %%, and wave 1A of Medical Records waits for what its plan says.\n'
	@printf 'The live file is state/va-live.json, the state state/va.json.\n'
	@printf 'The release plan: flagstaff -chdir=configs/va report rollout medical_records\n'
	@printf 'Next: docs/tutorial/first-ramp.md.\n'

test: $(STAMP)
	@$(BIN)/python -m pytest -n auto --dist worksteal --cov --cov-report= --ignore=tests/property tests
	@$(BIN)/coverage report --fail-under=95
	@echo "plan/, graph/ and state/, of which nothing may stay untested:"
	@$(BIN)/coverage report --include='$(STRICT)' --fail-under=100
	@echo "Properties, on random input; they are not measured, which would double their time:"
	@$(BIN)/python -m pytest -n auto --dist worksteal tests/property

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/flagstaff fmt -check -recursive configs
	$(BIN)/python docs/generate.py --check
	@site=$$(mktemp -d) && trap 'rm -rf "$$site"' EXIT && $(MKDOCS) --site-dir "$$site"

bench: $(STAMP)
	@$(BIN)/python tests/bench/bench.py $(BENCH)
	@$(BIN)/python tests/bench/bench_api.py
	@$(BIN)/python tests/bench/bench_audience.py
	@$(BIN)/python tests/bench/bench_stores.py $(filter --write,$(BENCH))

docs: $(STAMP)
	@$(BIN)/python docs/generate.py

site: $(STAMP)
	@$(MKDOCS)

fmt-answers: $(STAMP)
	@$(BIN)/python tests/contract/hclwrite/judge.py

services:
	@.ci/services

lock: $(STAMP)
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	$(BIN)/python -m pip --disable-pip-version-check --quiet install --target "$$tools" uv && \
	pins() { PYTHONPATH="$$tools" $(BIN)/python -m uv pip compile pyproject.toml "$$@" --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet; } && \
	pins --group dev --upgrade --output-file requirements.lock && \
	pins --group build --extra postgres --extra s3 --upgrade --constraint requirements.lock --output-file requirements-run.lock
	@echo "The lock files name the newest versions; run make test lint before they are committed."

clean:
	rm -rf $(VENV) .venv-policy dist site .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find provider tests docs -name __pycache__ -type d -prune -exec rm -rf {} +
