# What a developer and the pipelines do with infra/. Included by the Makefile.

.PHONY: infra infra-fmt infra-validate infra-modules infra-examples infra-checkov
.PHONY: infra-cedar infra-tflint infra-companions infra-apply
.PHONY: infra-plan infra-deploy infra-smoke infra-drift

ENVIRONMENT ?= dev
BASE ?= origin/main
checkov := .gatehouse/checkov/bin/checkov
proof = PYTHONPATH=infra:src $(bin)/python -m proof
step = PYTHON=$(CURDIR)/$(bin)/python sh infra/scripts/pipeline.sh

infra: setup $(checkov) ## prove infra/: formatting, modules' tests, plans of the examples, cedar, checkov
	@$(proof) $(ARGS)

infra-fmt: setup
	@$(proof) --only fmt

infra-validate: setup
	@$(proof) --only validate

infra-modules: setup
	@$(proof) --only test

infra-examples: setup
	@$(proof) --only plan

infra-cedar: setup $(checkov)
	@$(proof) --only cedar

infra-checkov: setup $(checkov)
	@$(proof) --only checkov

# It is in no package index; a machine without it says so, and fails, rather than passing silently.
infra-tflint:
	@command -v tflint >/dev/null || { echo "not run  tflint: it is not on the PATH" >&2; exit 3; }
	@tflint --chdir=infra --recursive

infra-companions: ## whether a change of infra/ since BASE brings documentation and tests along
	@sh infra/scripts/companions.sh $(BASE)

infra-apply: setup ## apply, plan again, destroy, against an emulated AWS (10 minutes)
	@PYTHONPATH=infra:src $(bin)/python -m proof.applied $(ARGS)

infra-plan: setup ## plan one environment (ENVIRONMENT=dev, STATE_BUCKET=…, AWS_REGION=…)
	@$(step) plan $(ENVIRONMENT)

infra-deploy: setup ## apply that plan
	@$(step) deploy $(ENVIRONMENT)

infra-smoke: setup ## ask what was deployed whether it answers
	@$(step) smoke $(ENVIRONMENT)

infra-drift: setup ## whether somebody changed it by hand: exit code 2
	@$(step) drift $(ENVIRONMENT)

$(checkov): requirements/checkov.txt | setup
	@echo "installing checkov (a minute or two) ..." >&2
	@$(bin)/python -m venv .gatehouse/checkov
	@.gatehouse/checkov/bin/python -m pip install --quiet --require-hashes -r requirements/checkov.txt
	@touch $(checkov)
