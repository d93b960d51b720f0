# Every verb of the project. `make` alone lists them. The first one used sets up what it needs, from Python 3.11+ and nothing else.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$python" && break; done)
BIN := .venv/bin
GENERATOR := .venv-generator
# What others made, for tests of our client against their server and of our emulator against their client.
INDEPENDENT := .venv-independent
PRISM := $(INDEPENDENT)/node_modules/.bin/prism
AXE := $(INDEPENDENT)/node_modules/axe-core/axe.min.js
# Nothing here may fetch an interpreter: what the machine has is what we test on.
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON_PREFERENCE := only-system
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A proxy that inspects TLS is known to the machine's certificates alone. The pip of an older Python brings its own instead.
export UV_SYSTEM_CERTS ?= true
export NODE_USE_SYSTEM_CA ?= 1
# Tests start hundreds of programs, each of which would compile all that it imports again.
unexport PYTHONDONTWRITEBYTECODE
CERTIFICATES := import ssl; paths = ssl.get_default_verify_paths(); print(paths.cafile or paths.capath or "")

# Run a command that talks when all is well, and show what it says only when it is not.
quietly = said=$$($(1) 2>&1) || { echo "$$said"; exit 1; }

.PHONY: help
help: ## List the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

# Environments: the tools and the package in .venv, what must not mix with them in .venv-generator and .venv-independent.

.venv/.ready: requirements/uv.txt requirements/dev.txt pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "polyai-data needs Python 3.11 or later; set PYTHON=/path/to/python" >&2; exit 1; fi
	@echo "Setting up .venv"
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	@[ -x $(BIN)/uv ] || PIP_CERT="$${PIP_CERT:-$$($(BIN)/python -c '$(CERTIFICATES)')}" $(BIN)/python -m pip install -qq --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# By name: .venv-generator from requirements/generator.txt, and so on.
.venv-%/.ready: .venv/.ready requirements/%.txt
	@echo "Setting up .venv-$*"
	@[ -x .venv-$*/bin/python ] || $(BIN)/uv venv --quiet --python $(BIN)/python .venv-$*
	@VIRTUAL_ENV=$(CURDIR)/.venv-$* $(BIN)/uv pip sync --quiet --require-hashes requirements/$*.txt
	@touch $@

# The tests of what needs these are skipped where there is no Node.js.
$(PRISM) $(AXE): | $(INDEPENDENT)/.ready
	@npm install --silent --no-audit --no-fund --ignore-scripts --no-save --prefix $(INDEPENDENT) @stoplight/prism-cli@5.14.2 axe-core@4.11.0 \
		|| echo "Prism and axe are left out: npm cannot install them"

# The main job, and proofs.

comma := ,
empty :=
facade = $(patsubst %,src/polyai_data/%.py,$(1))
# Many tests wait for a socket: one more than there are cores keeps these busy.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1)
# What decides: every line and branch of these is tested.
GATED := retry decode hosts errors recording
QUICK := $(patsubst %,tests/facade/test_%.py,$(GATED) arguments config options paging socket_conversations) \
	tests/emulator/test_operations.py tests/pipeline/test_overlay_apply.py

.PHONY: run
run: .venv/.ready generate ## Take a tour of every operation against the emulator (LIVE=1 with a key: read-only, the real API)
	@$(BIN)/python scripts/tour.py $(if $(LIVE),--live)

.PHONY: quick
quick: .venv/.ready ## Lint what changed and run the tests that show a broken thing, in seconds
	@changed=.; ! git rev-parse --quiet --verify HEAD >/dev/null 2>&1 || \
		changed=$$(git diff --name-only --diff-filter=d HEAD -- '*.py'; git ls-files --others --exclude-standard -- '*.py'); \
	[ -z "$$changed" ] || { $(BIN)/ruff check --quiet --force-exclude $$changed; $(BIN)/ruff format --quiet --check --force-exclude $$changed; }
	@$(BIN)/python scripts/unasync.py --check
	@$(BIN)/python -m pytest --quiet --exitfirst --failed-first -n auto $(QUICK)

.PHONY: test
test: check $(PRISM) $(AXE) ## Check, then run all tests
	@$(BIN)/python -m pytest --quiet -n $(WORKERS) --dist worksteal

.PHONY: coverage
coverage: .venv/.ready $(PRISM) ## Run the tests of the facade, list the lines that they do not reach, and fail where one of those decides
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest --quiet -n $(WORKERS) --dist worksteal tests/facade tests/generated
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report
	@$(call quietly,$(BIN)/coverage report --fail-under=100 --include=$(subst $(empty) ,$(comma),$(call facade,$(GATED))))

CHECKS := check-lint check-written check-mypy check-pyright check-floors check-docs
.PHONY: check $(CHECKS)
check: .venv/.ready $(GENERATOR)/.ready .venv-docs/.ready ## Lint, types, floors, the site, and whether everything written is up to date
	@$(MAKE) --jobs 2 --output-sync=target $(CHECKS)
	@echo "check: lint, types, floors, the site and written files are in order"
check-lint:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
check-written:
	@$(BIN)/python scripts/unasync.py --check
	@$(call quietly,$(BIN)/python scripts/overlay.py lint)
	@$(GENERATOR)/bin/python scripts/generate.py --check
check-mypy:
	@$(BIN)/mypy --no-error-summary
check-pyright:
	@$(call quietly,$(BIN)/basedpyright)
check-floors:
	@$(call quietly,env PYTHONPATH=scripts:src:generated $(BIN)/lint-imports --no-cache)
check-docs:
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --quiet

# From published pages to code.

.PHONY: vendor
vendor: .venv/.ready ## Visit every source again, or add one: PAGE=<file, folder, index or URL> [URL= NAME= VENDOR= OPERATIONS=], DROP=<file>
	@$(BIN)/python scripts/vendor.py $(if $(PAGE),$(call quoted,PAGE)) $(call given,URL) $(call given,NAME) $(call given,VENDOR) \
		$(call given,OPERATIONS) $(call given,TRANSCRIBED) $(call given,DROP)
# The environment may have a NAME of its own.
given = $(if $(filter command,$(origin $(1))),--$(shell echo $(1) | tr A-Z a-z) $(call quoted,$(1)))
# A value as the shell takes it for one word, whatever is in it.
quoted = '$(subst ','\'',$(value $(1)))'

.PHONY: generate
generate: .venv/.ready $(GENERATOR)/.ready ## Write generated/ from specs/ and overlay/, _sync/ from _async/, and the reference of the command line
	@$(GENERATOR)/bin/python scripts/generate.py --previous build/generated-before
	@$(BIN)/python scripts/unasync.py
	@$(BIN)/python scripts/command_line.py
	@[ ! -d build/generated-before ] || $(BIN)/python scripts/drift.py --since build/generated-before

# make turns every failure into 2: scripts/drift.py itself exits with 0 to 3.
.PHONY: drift
drift: .venv/.ready $(GENERATOR)/.ready ## What changed at the vendors, and what that means; changes nothing (FROM=<files, folder or URLs>, OUTPUT=<report.md>)
	@$(BIN)/python scripts/drift.py $(if $(FROM),--from $(value FROM)) $(if $(OUTPUT),--output $(call quoted,OUTPUT)) || [ $$? -eq 1 ]

.PHONY: drift-cases
drift-cases: .venv/.ready ## Hold the drift report to changed and broken documents, and print a table (ONLY=<pattern>)
	@PYTHONPATH=scripts $(BIN)/python -m tests.pipeline.drift_cases.run $(if $(ONLY),--only "$(ONLY)")

.PHONY: accept
accept: .venv/.ready $(GENERATOR)/.ready ## Take changed documents in: vendor, generate, check that it works (FROM= as above); all or nothing
	@$(BIN)/python scripts/accept.py $(if $(FROM),--from $(value FROM))

.PHONY: chain
chain: .venv/.ready $(GENERATOR)/.ready ## Take in ten versions of the documents, one after the other, in a copy (WHOLE=1: then run all tests)
	@PYTHONPATH=scripts $(BIN)/python -m tests.pipeline.chain $(if $(WHOLE),--whole)

# Holding servers against the documents.

.PHONY: conformance
conformance: .venv/.ready ## Test the emulator against the documents (SEED=1, ONLY=<rule>, ARGS=<pytest's>), or the real API: LIVE=1, read-only unless WRITE=<test agent>; report in out/
	@mkdir -p out
	@$(BIN)/python -m polyai_data.conformance --profile $(or $(PROFILE),full) --seed $(or $(SEED),1) \
		$(if $(LIVE),--live) $(if $(WRITE),--write "$(WRITE)") $(if $(ONLY),--only "$(ONLY)") \
		--html out/conformance.html --junit out/conformance.xml $(if $(ARGS),-- $(ARGS))

.PHONY: mutants
mutants: .venv/.ready ## Hold the conformance tests against one faulty emulator after the other (ONLY=<pattern>, WHOLE=1: all rules)
	@$(BIN)/python -m tests.conformance.mutants.run $(if $(ONLY),--only "$(ONLY)") $(if $(WHOLE),--whole)

.PHONY: emulator
emulator: .venv/.ready ## Play every host of both vendors on one loopback port (PORT=8765)
	@$(BIN)/python -m polyai_data.emulator --print-env --port $(or $(PORT),8765)

.PHONY: docs docs-images
docs: .venv-docs/.ready check-docs ## Build the site into build/site; a link that leads nowhere fails
	@echo "docs: build/site/index.html"
docs-images: .venv/.ready ## Take the pictures of README.md and the site again, with Chromium
	@$(BIN)/python docs/images/make.py

.PHONY: bench
bench: .venv-bench/.ready $(GENERATOR)/.ready $(PRISM) ## Measure against peers, as ratios, in one table (ONLY="decode emulator", ROUNDS=7, SAVE=1: into bench/RESULTS.md)
	@PYTHONPATH=src:generated:scripts .venv-bench/bin/python -m bench $(ONLY) --rounds $(or $(ROUNDS),7) $(if $(SAVE),--save)

.PHONY: release-check
release-check: .venv-release/.ready ## Build dist/ and hold it against every Python here, each extra alone, lowest and newest dependencies, licences
	@$(BIN)/python scripts/release_check.py

.PHONY: clean
clean: ## Remove environments, caches and what the verbs made
	@rm -rf .venv .venv-generator .venv-independent .venv-bench .venv-docs .venv-release out build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: lock
lock: .venv/.ready ## Lock the dependencies again (UPGRADE=1 takes newer versions)
	@export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	compile="$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 $(if $(UPGRADE),--upgrade)"; \
	$$compile --group dev --all-extras pyproject.toml -o requirements/dev.txt; \
	$$compile --group generator -c requirements/dev.txt -o requirements/generator.txt; \
	$$compile --group bench --extra fast --extra emulator --extra export --extra distributed -c requirements/dev.txt pyproject.toml -o requirements/bench.txt; \
	$$compile --group docs -c requirements/dev.txt -o requirements/docs.txt; \
	$$compile --group independent -c requirements/dev.txt -o requirements/independent.txt; \
	$$compile --group release -c requirements/dev.txt -o requirements/release.txt; \
	grep '^uv==' requirements/dev.txt | cut -d' ' -f1 | $$compile --no-annotate - -o requirements/uv.txt
