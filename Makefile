# `make demo` and `make test` each work alone in a fresh clone: they need Python 3.10 to 3.13, git and make, and
# build what they need in .venv. Choose an interpreter with `make test PYTHON=python3.12`.

VENV ?= .venv
COMPILED := $(VENV)-compiled
BIN := $(VENV)/bin
PYTEST_ARGS ?=
BENCH ?= startup
README_ARGS ?=
SPEEDUPS_ARGS ?=
TRUTH ?=

# The first of these that runs, has a supported version and can build environments. A version manager may leave
# commands that do not run, and some systems ship Python without ensurepip; both are passed over.
CANDIDATES := python3 python python3.13 python3.12 python3.11 python3.10
PROBE := import sys, ensurepip, venv; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(firstword $(foreach name,$(CANDIDATES),$(shell $(name) -c '$(PROBE)' >/dev/null 2>&1 && echo $(name))))

# What the caller's shell adds to the module path is not part of the project.
unexport PYTHONPATH
unexport PYTHONHOME

.DEFAULT_GOAL := help
.PHONY: help demo test system review-demo models-check truth lint format bench speedups compiled compiled-check readme rules docs clean
.DELETE_ON_ERROR:

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1	/p' $(MAKEFILE_LIST)

demo: $(VENV)/.installed-core ## analyze the programs in examples/
	$(BIN)/hybridize check --exit-zero examples/

test: $(VENV)/.installed-test ## run the whole test suite, the parts with TensorFlow included
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

system: ## install the browser and the editor that some tests drive (Debian and its relatives, as root)
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium neovim fonts-dejavu-core

models-check: $(VENV)/.installed-test ## hold every library row to the installed TensorFlow, Keras and NumPy
	HYBRIDIZE_ALL_ROWS=1 $(BIN)/python -m pytest tests/runtime/models $(PYTEST_ARGS)

review-demo: $(VENV)/.installed-test ## a pull request on this machine: reviewed, mended, reviewed again
	PYTHONPATH=tests $(BIN)/python -m tests.tools.review_demo

TRUTH ?= receipts cases examples
truth: $(VENV)/.installed-test ## what the analysis says against what programs do when they run (TRUTH="conversions cases": other)
	$(BIN)/python -m tests.tools.truth $(TRUTH)

lint: $(VENV)/.installed-test ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.installed-test ## rewrite the sources in the project's format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: $(VENV)/.installed-test ## run one benchmark: make bench BENCH=startup
	$(BIN)/python benchmarks/$(BENCH).py

speedups: $(VENV)/.installed-test ## what the fixes gain on the programs of examples/training (SPEEDUPS_ARGS=--publish)
	$(BIN)/python benchmarks/speedups.py $(SPEEDUPS_ARGS)

compiled: ## install the tool with its core compiled ahead of time in .venv-compiled (needs a C compiler and some minutes)
	@command -v "$${CC:-cc}" >/dev/null || { echo "no C compiler found; install one, or name it: CC=gcc" >&2; exit 1; }
	@if [ -z "$(PYTHON)" ]; then \
	    echo "No Python 3.10 to 3.13 with ensurepip found; name one: make PYTHON=/path/to/python3" >&2; exit 1; fi
	"$(PYTHON)" -m venv --clear "$(COMPILED)"
	"$(COMPILED)/bin/python" -m pip install --quiet "pip>=23.1"
	HYBRIDIZE_COMPILE=1 "$(COMPILED)/bin/python" -m pip install --quiet .
	"$(COMPILED)/bin/hybridize" --version

compiled-check: compiled ## hold the compiled core to the sources: the same bytes, and every case
	"$(COMPILED)/bin/python" -m pip install --quiet "pytest>=8.2"
	HYBRIDIZE_COMPILED="$(COMPILED)/bin" "$(COMPILED)/bin/python" -m pytest tests/test_compiled.py $(PYTEST_ARGS)

readme: $(VENV)/.installed-test ## refresh the output shown in README.md (README_ARGS=--all: run the suite for its closing line)
	$(BIN)/python -m tests.tools.readme $(README_ARGS)

docs: $(VENV)/.installed-test ## build the documentation site in build/site; broken links and anchors fail
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

rules: $(VENV)/.installed-test ## refresh docs/rules: the pages of the rules, and what they find of the hazard catalogue
	$(BIN)/python -m tests.tools.rulepages
	$(BIN)/python -m tests.tools.coverage

clean: ## remove the environment and the caches
	rm -rf $(VENV) $(COMPILED) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp per set of packages: a second run installs nothing until pyproject.toml or the version changes.
$(VENV)/.created:
	@if [ -z "$(PYTHON)" ]; then \
	    echo "No Python 3.10 to 3.13 with ensurepip found; name one: make PYTHON=/path/to/python3" >&2; exit 1; fi
	@"$(PYTHON)" -c '$(PROBE)' || { echo "$(PYTHON) is not a Python 3.10 to 3.13 with ensurepip" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear "$(VENV)"
	$(BIN)/python -m pip install --quiet "pip>=23.1"
	@touch $@

$(VENV)/.installed-core: $(VENV)/.created pyproject.toml analysis/hybridize/version.py
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.created pyproject.toml analysis/hybridize/version.py
	$(BIN)/python -m pip install --quiet --editable ".[test,dev]"
	@touch $@ $(VENV)/.installed-core
