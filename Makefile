# The two commands a newcomer needs: `make run` and `make test`.
# They need only git, make and Python 3.11 or newer.

# The first of these interpreters that is new enough and was built for speed (others take up to a
# sixth more time); without such a one, whatever is called python3.
SUITABLE := import ensurepip, sys, sysconfig; sys.exit(sys.version_info < (3, 11) or ( \
	sys.base_prefix != "/usr" and "--enable-optimizations" not in sysconfig.get_config_var("CONFIG_ARGS")))
PYTHON ?= $(or $(firstword $(foreach each,python3 /usr/bin/python3,$(shell \
	$(each) -c '$(SUITABLE)' 2> /dev/null && echo $(each)))),python3)
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV     := uv==0.13.8
LOCK    = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# A generator of clients for the tests. It needs an older typer than ours, so it is installed apart.
GENERATORS := tests/http/openapi/generators

# An installation with compiled modules, apart from the one of everyday work.
COMPILED     := .venv-compiled
COMPILED_PIP := $(COMPILED)/bin/python -m pip --disable-pip-version-check --quiet

# An installation with the tool that makes mutants, and its twenty dependencies.
MUTANTS := .venv-mutants

# Settings of the longer commands: make campaign EXAMPLES=100000 SEED=7
EXAMPLES ?= 20000
SEED     ?= 1
# The number of long histories in a campaign, and of steps in an explored history.
HISTORIES ?= 300000
DEPTH    ?= 5
# The number of seeds of the simulation in a campaign.
SEEDS    ?= 5000
# The number of kills on each store in `make kills`.
KILLS    ?= 100
# The number of failures in `make ha`.
FAILURES ?= 20
# How long nodes fail in `make citus`, in seconds.
LASTING  ?= 600
ARGS     ?=
# Test processes, each with its own PostgreSQL; 0 runs the tests in this process, for a debugger.
PROCESSES ?= 3

# Two processes that collect the tests, and hundreds that these start, would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test check lint types imports format bench explore campaign kills ha citus reliability mutants compiled wheel installed schema vendor clients messages docs drawings lock install dev hooks clean

help: ## List the targets
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.installed ## Start the demo (ARGS="--port 9000")
	@$(BIN)/stampbook demo $(ARGS)

test: check ## Run all checks and all tests, on both databases (ARGS="-k cancel")
	@$(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal $(ARGS)

check: lint types imports ## Check format, lint, types and the direction of imports

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff format --check --quiet . || { echo 'Not formatted: run "make format".'; exit 1; }
	@$(BIN)/ruff check --quiet .

types: $(VENV)/.installed-dev
	@$(BIN)/mypy --no-error-summary

imports: $(VENV)/.installed-dev
	@$(BIN)/lint-imports --no-logo > $(VENV)/imports.txt 2>&1 \
		|| { cat $(VENV)/imports.txt; exit 1; }

format: $(VENV)/.installed-dev ## Format the code and fix what can be fixed automatically
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

bench: $(VENV)/.installed-dev ## Run the benchmark (ARGS="--database URL")
	@$(BIN)/stampbook bench $(ARGS)

explore: $(VENV)/.installed-dev ## Check all laws on every short history of the ledger (DEPTH=5)
	@$(BIN)/python -m tests.exploration short --depth $(DEPTH)

campaign: $(VENV)/.installed-dev ## Test every property with many examples, chosen by a seed (EXAMPLES=20000 HISTORIES=300000 SEEDS=5000 SEED=1)
	@$(BIN)/python -m tests.exploration long --count $(HISTORIES) --seed $(SEED)
	@$(BIN)/python -m tests.simulation --count $(SEEDS) --seed $(SEED)
	@$(BIN)/python -m tests.campaign all --seed $(SEED)
	@STAMPBOOK_CAMPAIGN=$(EXAMPLES) $(BIN)/python -m pytest -m hypothesis \
		--hypothesis-seed=$(SEED) --timeout=0 -o faulthandler_timeout=0 $(ARGS)
	@STAMPBOOK_WHOLE=1 $(BIN)/python -m pytest -n $(PROCESSES) --dist worksteal $(ARGS)

kills: $(VENV)/.installed-dev ## Kill servers and databases under load, on both databases (KILLS=100)
	@STAMPBOOK_KILLS=$(KILLS) $(BIN)/python -m pytest tests/process/test_crashes.py tests/process/owners -q \
		--timeout=0 -o faulthandler_timeout=0 $(ARGS)

ha: $(VENV)/.installed-dev ## Have PostgreSQL nodes fail in turn under load (FAILURES=20 SEED=1); needs patroni and etcd
	@$(BIN)/python -m tests.ha --count $(FAILURES) --seed $(SEED)

citus: $(VENV)/.installed-dev ## Play scenarios, all APIs and failing nodes on Citus (LASTING=600 SEED=1); needs STAMPBOOK_CITUS_BIN
	@STAMPBOOK_WHOLE=1 $(BIN)/python -m pytest tests/distribution -q -rs --timeout=0 \
		-n $(PROCESSES) --dist loadfile $(ARGS)
	@test -z "$$STAMPBOOK_CITUS_BIN" || STAMPBOOK_TESTS_ON_CITUS=1 $(BIN)/python -m pytest tests/http \
		tests/worker tests/verifying tests/events tests/webhooks tests/feed tests/journal tests/engine \
		tests/ledgers tests/visits tests/laws tests/loyalty tests/console -q --timeout=0 \
		-n $(PROCESSES) --dist worksteal $(ARGS)
	@$(BIN)/python -m tests.distribution --seconds $(LASTING) --seed $(SEED)

reliability: $(VENV)/.installed-dev ## Play a part of the reliability campaign, or go on with it (ARGS="races --count 1000")
	@$(BIN)/python -m tests.campaign $(or $(ARGS),all)

# One process at the lowest priority, which goes on where it was interrupted.
mutants: $(MUTANTS)/.installed ## Have the tests of the ledger find faults that are put into it (ARGS="domain.book --every 3")
	@nice -n 19 $(MUTANTS)/bin/python -m tests.mutants $(ARGS)

# Built from a source distribution: the compiler leaves its files beside the sources.
compiled: $(COMPILED)/.installed ## Build compiled modules and run all tests with them (ARGS="-k cancel")
	@rm -rf build/compiled
	@$(COMPILED)/bin/python -m hatchling build -t sdist -d build/compiled > /dev/null
	@HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(COMPILED_PIP) wheel --no-build-isolation --no-deps \
		--wheel-dir build/compiled build/compiled/*.tar.gz
	@$(COMPILED_PIP) install --no-deps --force-reinstall build/compiled/*.whl
	@$(COMPILED)/bin/python -c 'import stampbook.domain.book as it; assert not it.__file__.endswith(".py"), it'
	@$(COMPILED)/bin/python -m pytest -n $(PROCESSES) --dist worksteal $(ARGS)

wheel: $(VENV)/.installed ## Build dist/stampbook-X.Y.Z-py3-none-any.whl, its source distribution, and the Python client in dist/clients
	@rm -rf dist
	@$(BIN)/python -m hatchling build -t wheel -t sdist -d dist > /dev/null
	@cd clients/python && "$(CURDIR)/$(BIN)/python" -m hatchling build -t wheel -d "$(CURDIR)/dist/clients" > /dev/null

# Environments of their own, with nothing but the file and what it depends on.
installed: wheel ## Install the wheel and the source distribution in empty environments, and try the demo, a cancel, the Python client and verify
	@$(BIN)/python tests/operating/installed.py dist/*.whl dist/*.tar.gz dist/clients/*.whl build/installed

schema: $(VENV)/.installed-dev ## Write the schema files from the migrations
	@$(BIN)/python -m stampbook.storage.schema

# Needs npm; the files are in the repository, so that nobody else does.
vendor: $(VENV)/.installed-dev ## Write the libraries of the console's pages anew
	@$(BIN)/python -m tests.browser.vendoring

clients: $(VENV)/.installed-dev ## Write what is generated of the clients in clients/ anew
	@$(BIN)/python -m clients.generator

messages: $(VENV)/.installed-dev ## Find the texts to translate and compile the catalogues
	@$(BIN)/python -m tests.speaking.messages

docs: $(VENV)/.installed-docs ## Build the documentation into build/site/index.html; fail on a warning or a broken link
	@$(BIN)/python -m tests.documentation

drawings: $(VENV)/.installed-dev ## Draw the pictures of docs/concepts anew
	@$(BIN)/python -m tests.documentation.drawings

install: $(VENV)/.installed ## Install what `make run` needs
dev: $(VENV)/.installed-dev ## Install what `make test` needs

hooks: $(VENV)/.installed-dev ## Install a hook that runs the checks before every commit
	@$(BIN)/pre-commit install

lock: $(VENV)/.created ## Write the lock files with the newest allowed versions
	@$(PIP) install '$(UV)'
	@$(LOCK) --upgrade pyproject.toml -o requirements.lock
	@$(LOCK) --upgrade pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	@$(LOCK) --upgrade --group docs -c requirements-dev.lock -o requirements-docs.lock
	@$(LOCK) --upgrade --group build -c requirements.lock -o requirements-build.lock
	@$(LOCK) --upgrade --group compiled -c requirements-dev.lock -c requirements-build.lock \
		-o requirements-compiled.lock
	@$(LOCK) --upgrade --group mutants -c requirements-dev.lock -o requirements-mutants.lock
	@$(LOCK) --upgrade $(GENERATORS)/python.in -o $(GENERATORS)/python.lock

clean: ## Remove everything that the other targets created
	@rm -rf $(VENV) $(COMPILED) $(MUTANTS) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Stampbook needs Python 3.11 or newer; say which with make PYTHON=python3.13")'
	@echo 'Setting up $(VENV); this happens once, and takes a minute or two.'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Every package, including the build backend, comes from a lock file and is checked against its hash.
$(VENV)/.installed: $(VENV)/.created requirements.lock requirements-build.lock pyproject.toml
	@$(PIP) install --require-hashes --requirement requirements-build.lock
	@$(PIP) install --require-hashes --requirement requirements.lock
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

$(VENV)/.installed-docs: $(VENV)/.installed-dev requirements-docs.lock
	@$(PIP) install --require-hashes --requirement requirements-docs.lock
	@touch $@

$(COMPILED)/.installed: requirements-dev.lock requirements-build.lock requirements-compiled.lock
	@$(PYTHON) -m venv $(COMPILED)
	@$(COMPILED_PIP) install --require-hashes --requirement requirements-build.lock
	@$(COMPILED_PIP) install --require-hashes --requirement requirements-dev.lock
	@$(COMPILED_PIP) install --require-hashes --requirement requirements-compiled.lock
	@touch $@

$(MUTANTS)/.installed: requirements-dev.lock requirements-build.lock requirements-mutants.lock pyproject.toml
	@$(PYTHON) -m venv $(MUTANTS)
	@$(MUTANTS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes \
		--requirement requirements-build.lock --requirement requirements-dev.lock \
		--requirement requirements-mutants.lock
	@$(MUTANTS)/bin/python -m pip --disable-pip-version-check --quiet install --no-build-isolation --no-deps --editable .
	@touch $@
