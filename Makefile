# What a developer and CI do with this project. `make` alone lists the verbs.
# ARGS="…" goes to the program behind `run` and `test`: make run ARGS="--port 8080"

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-test run test check browsers spa policy-table conformance bench clean
.PHONY: lock lock-check function-sizes
.PHONY: lint formatting rules spelling format types mypy pyright typescript
.PHONY: shape imports docstrings packages architecture

bin := .venv/bin
uv := .gatehouse/uv/bin/uv
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV
ARGS ?=
UPGRADE ?=

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is needed; does nothing when it is there
	@sh src/devstack/setup/start.sh run

setup-test:
	@sh src/devstack/setup/start.sh test

run: setup ## start everything on this machine and say where to log in
	@exec $(bin)/python -m devstack.dev $(ARGS)

test: setup-test ## run all tests; the last line is the total
	@$(bin)/python -m devstack.dev.suites $(ARGS)

# Each check is a target of its own, so that `make --keep-going` runs those behind one that fails.

lint: formatting rules spelling ## formatting, rules, spelling

formatting: setup
	$(bin)/ruff format --check .

rules: setup
	$(bin)/ruff check .

spelling: setup
	$(bin)/codespell

format: setup ## let ruff format and mend what it safely can
	$(bin)/ruff format .
	$(bin)/ruff check --fix .

types: mypy pyright typescript ## type-check Python and TypeScript

mypy: setup
	$(bin)/mypy src infra tests

pyright: setup
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(bin)/pyright

typescript: setup
	npm --prefix spa run --silent types

shape: imports docstrings packages architecture ## who imports whom, docstrings, dependencies, sizes

imports: setup
	PYTHONPATH=src $(bin)/lint-imports

# Quiet when all is well; a failure is told again, with names.
docstrings: setup
	$(bin)/interrogate --quiet src infra || $(bin)/interrogate -vv src infra

packages: setup
	$(bin)/deptry src

architecture: setup
	$(bin)/python -m pytest -q tests/architecture

# What `architecture` runs is among the tests.
check: lint types imports docstrings packages test ## all of it; what CI runs

browsers: setup ## try the app in Firefox, WebKit and Chromium, those that are installed
	@$(bin)/python -m pytest tests/browsers $(ARGS)

spa: setup ## build the browser's part
	npm --prefix spa run build

policy-table: setup ## write docs/browser-policy.md anew, of the code
	@$(bin)/python -m proxy.policy_table > docs/browser-policy.md

conformance: setup ## write docs/conformance.md anew, of the local stack
	@PYTHONPATH=src:tests $(bin)/python -m architecture.conformance

bench: setup ## measure against the peers; write docs/performance.md anew (ARGS=--quick: 3 minutes)
	@sh bench/setup.sh
	@$(bin)/python -m bench $(ARGS)

$(uv): requirements/uv.txt | setup
	@$(bin)/python -m venv .gatehouse/uv
	@.gatehouse/uv/bin/python -m pip install --quiet --require-hashes -r requirements/uv.txt
	@touch $(uv)

# --no-emit-…: a lock names packages and hashes, never the registry of whoever made it.
compile = $(uv) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
	--no-emit-package gatehouse $(UPGRADE)
functions := authorizer stream json

lock: $(uv) ## write the locks anew (UPGRADE=--upgrade takes newer versions)
	@$(compile) pyproject.toml --extra spiffe --output-file requirements/bff.txt >/dev/null
	@$(compile) pyproject.toml --extra dev --output-file requirements/dev.txt >/dev/null
	@for name in $(functions); do $(compile) --group $$name --constraint requirements/bff.txt \
		--output-file requirements/$$name.txt >/dev/null || exit 1; done
	@$(compile) --group checkov --output-file requirements/checkov.txt >/dev/null

lock-check: $(uv) ## whether the locks fit pyproject.toml
	@mkdir -p .gatehouse/locks && cp requirements/*.txt .gatehouse/locks/
	@$(compile) pyproject.toml --extra spiffe --output-file .gatehouse/locks/bff.txt >/dev/null
	@$(compile) pyproject.toml --extra dev --output-file .gatehouse/locks/dev.txt >/dev/null
	@for name in $(functions); do $(compile) --group $$name --constraint requirements/bff.txt \
		--output-file .gatehouse/locks/$$name.txt >/dev/null || exit 1; done
	@$(compile) --group checkov --output-file .gatehouse/locks/checkov.txt >/dev/null
	@for name in bff dev checkov $(functions); do \
		diff -u requirements/$$name.txt .gatehouse/locks/$$name.txt || exit 1; done

function-sizes: setup ## what the packages of each Lambda function come to
	@for name in $(functions); do \
		rm -rf .gatehouse/functions/$$name; \
		$(bin)/python -m pip install --quiet --no-compile --require-hashes --only-binary :all: \
			--target .gatehouse/functions/$$name -r requirements/$$name.txt || exit 1; \
		printf '%s: %s packages, %s MB\n' $$name \
			$$(ls -d .gatehouse/functions/$$name/*.dist-info | wc -l) \
			$$(du -sm .gatehouse/functions/$$name | cut -f 1); done

include infra/targets.mk

clean: ## remove everything that set-up, tests and running made, sessions and password too
	rm -rf .venv .gatehouse spa/node_modules spa/dist src/devstack/idp/node_modules
	rm -rf bench/peers/node/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	find src tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
