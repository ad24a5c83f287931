# Groundcloud. `make help` lists the targets; README.md shows them at work.

VENV ?= .venv
PY = $(VENV)/bin/python
GROUND = $(VENV)/bin/ground
STAMP = $(VENV)/.stamp
export PYTHON

ifdef RELOAD
export GROUNDCLOUD_RELOAD = $(RELOAD)
endif
ifdef ENGINE
export GROUNDCLOUD_ENGINE = $(ENGINE)
endif
ifdef PROFILE
export GROUNDCLOUD_PROFILE = $(PROFILE)
endif

# An environment whose Python is gone (an upgrade, a moved folder) counts as not installed.
ifneq ($(shell $(PY) -c 'print(1)' 2>/dev/null),1)
$(shell rm -f $(STAMP))
endif

CONSENT = $(if $(YES),--yes) $(if $(ACCOUNT),--account '$(ACCOUNT)')
TARGET = $(if $(APP),--app '$(APP)') $(if $(STACK),--stack '$(STACK)') $(if $(PARAMS),--parameters "$$PARAMS") $(CONSENT)
export PARAMS EVENT FILTER SET

.DEFAULT_GOAL := help
.PHONY: help install up login down deploy destroy logs invoke event debug policy traces test test-all bench shots parity check fmt

help: ## list the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)$$/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'

install: $(STAMP) ## make .venv and install everything into it (PYTHON=python3.12 chooses another Python)

$(STAMP): requirements.lock pyproject.toml bootstrap/install.sh groundcloud/runtime/node/sdk/package-lock.json
	@sh bootstrap/install.sh $(VENV)

up: install ## start the cloud and the console, deploy (APP=template.yaml STACK= PARAMS="Name=value": your own)
	@$(PY) -m bootstrap up $(TARGET)

login: install ## start the cloud and services/login, with a database of its own (PORT=8090 DATABASE_PORT=5433)
	@$(PY) -m bootstrap login $(if $(PORT),--port '$(PORT)') $(if $(DATABASE_PORT),--database-port '$(DATABASE_PORT)')

down: install ## stop everything that `make up` started (CLEAN=1: forget all state too)
	@$(PY) -m bootstrap down $(if $(CLEAN),--clean)

deploy: install ## deploy into what runs (APP= STACK= PARAMS=; PROFILE=aws: to AWS, after asking)
	@$(PY) -m bootstrap deploy $(TARGET)

destroy: install ## delete a stack with everything in it (STACK=cloudtask; YES=1 does not ask)
	@$(if $(STACK),,echo 'Which one? make destroy STACK=cloudtask' >&2; exit 1)
	@$(GROUND) destroy '$(STACK)' $(CONSENT)

logs: install ## follow what the functions log (FUNCTION= STACK= FILTER='ERROR -ping'; NOFOLLOW=1: only what there is)
	@$(GROUND) logs $(FUNCTION) $(if $(STACK),--stack '$(STACK)') $(if $(FILTER),--filter "$$FILTER") $(if $(NOFOLLOW),,--follow)

invoke: install ## call a function (FUNCTION=CreateTask EVENT='{"a": 1}' or EVENT=file.json)
	@$(if $(FUNCTION),,echo 'Which one? make invoke FUNCTION=CreateTask' >&2; exit 1)
	@$(GROUND) invoke '$(FUNCTION)' $(if $(EVENT),--event "$$EVENT") $(if $(STACK),--stack '$(STACK)')

event: install ## print a sample event (SOURCE=sqs SET='Records[0].body=hello'; no SOURCE: list them)
	@$(GROUND) event $(SOURCE) $(if $(SET),--set "$$SET")

debug: install ## let the next call of a function wait for a debugger (FUNCTION= PORT=; OFF=1: no more)
	@$(if $(FUNCTION),,echo 'Which one? make debug FUNCTION=CreateTask' >&2; exit 1)
	@$(GROUND) debug '$(FUNCTION)' $(if $(STACK),--stack '$(STACK)') $(if $(PORT),--port '$(PORT)') $(if $(OFF),--off)

policy: install ## print the least-privilege policy of a function, from what it was seen to do (FUNCTION=CreateTask)
	@$(if $(FUNCTION),,echo 'Which one? make policy FUNCTION=CreateTask' >&2; exit 1)
	@$(GROUND) policy '$(FUNCTION)' $(if $(STACK),--stack '$(STACK)')

traces: install ## list what happened, or show one trace (TRACE=1-… STATUS=error|denied SERVICE= FUNCTION= FILTER=words)
	@$(GROUND) traces $(TRACE) $(if $(STATUS),--status '$(STATUS)') $(if $(SERVICE),--service '$(SERVICE)') \
		$(if $(FUNCTION),--function '$(FUNCTION)') $(if $(FILTER),--filter "$$FILTER")

test: install ## run every test that guards behaviour (at most ten minutes)
	@$(PY) tests/prepare.py
	@$(VENV)/bin/pytest -n 3 --dist worksteal -m "not slow"

test-all: install ## the slow tests too, and the suites over LocalStack (without Docker)
	@$(PY) tests/prepare.py --whole
	@$(VENV)/bin/pytest -n 2 --dist worksteal
	@$(VENV)/bin/pytest --engine=localstack -n 2 --dist loadfile

bench: install ## measure against the engine alone and write the figures to bench/results
	@$(PY) -m bench

shots: install ## write a picture of every page to .groundcloud/shots
	@$(PY) tests/prepare.py
	@$(PY) -m tests.shots

parity: install ## write docs/parity.md from the contract tests
	@$(PY) -m tests.parity

check: install ## linters, types, import rules, templates, compose and build files
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/cfn-lint 'services/**/template.yaml' 'examples/**/template.yaml'
	@$(VENV)/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml
	@if [ -x $(VENV)/bin/hadolint ]; then $(VENV)/bin/hadolint Dockerfile localstack/Dockerfile; \
	else echo 'hadolint has no build for this machine: the Dockerfiles were not looked at' >&2; fi

fmt: install ## format the code and mend what the linter can
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .
