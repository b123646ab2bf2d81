# make help    lists the commands
#
# The first run sets up what a target needs in .venv. Nothing is installed again until pyproject.toml or constraints.txt
# changes.
#
#   PYTHON=python3.12      the Python to build .venv from (3.11 or newer)
#   TORCH=cpu              the build of torch without GPU libraries, from PyTorch's own index
#   ARGS="..."             passed on:  make test ARGS="tests/utils -k data",  make demo ARGS="--students 60"

SHELL := /bin/bash
PYTHON ?= python3
TORCH ?=
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# pip reports every file; show only the large ones, and explain the long silence while they are unpacked.
TELL := sed -n -E -e 's/^ *(Downloading|Using cached) ([^ ]*) \(([0-9.]+ [MG]B)\).*/  \2, \3/p' \
	-e 's/^Installing collected packages.*/  unpacking, which takes a minute or two/p'

# Exact versions, so that everybody has the same. If an index lacks one of them, use the ranges of pyproject.toml:
# a mirror that is a week behind must not stop a course.
define install
	@set -o pipefail; $(PIP) install --progress-bar off -c constraints.txt $(1) 2>$(VENV)/.errors | $(TELL) || { \
	    cat $(VENV)/.errors >&2; \
	    grep -qE 'No matching distribution|ResolutionImpossible' $(VENV)/.errors || exit 1; \
	    echo "A version in constraints.txt is not available here: installing what pyproject.toml allows"; \
	    $(PIP) install --progress-bar off $(1) | $(TELL); }
endef

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lab rows decks sweeps site lint lock setup clean

help:  ## list the commands
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' Makefile | while IFS=$$'\t' read -r name text; do \
	    printf '  make %-8s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.installed  ## make, release, grade and report a whole class in build/demo
	$(BIN)/autograder demo --assignment mlp $(ARGS)

test: $(VENV)/.installed-test  ## run all tests except the long ones
	@.ci/chromium
	@.ci/postgresql
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-all: $(VENV)/.installed-test  ## run every test, including whole problem sets, lectures and all variants
	@.ci/chromium
	@.ci/postgresql
	$(BIN)/python -m pytest $(ARGS)

# The server's root is the course, so that notebooks/, source/ and release/ are all accessible. .jupyter opens the start
# page, and leaves out news and the tabs for instructors; `jupyter lab` in the activated environment has them. Jupyter
# refuses to run as root unless told; in a container there is often nobody else.
lab: $(VENV)/.installed  ## open the lectures in JupyterLab
	JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
	    $(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

rows: $(VENV)/.installed  ## list which cells cover which row of the curriculum
	$(BIN)/python docs/rows.py $(ARGS)

decks: $(VENV)/.installed  ## write docs/slides.md and docs/errata.md from the lectures
	$(BIN)/python docs/decks.py

sweeps: $(VENV)/.installed  ## run the long experiments whose results are out of date
	$(BIN)/python -m utils.experiments $(ARGS)

site: $(VENV)/.installed-site  ## build the course in build/site, with pictures that move in any browser
	$(BIN)/python docs/build_site.py $(ARGS)

lint: $(VENV)/.installed-test  ## check code style and types
	$(BIN)/ruff check
	$(BIN)/mypy

lock: $(VENV)/.installed-test  ## write the installed versions to constraints.txt (ARGS=--upgrade: upgrade first)
	$(if $(filter --upgrade,$(ARGS)),$(PIP) install --upgrade --upgrade-strategy eager -c <(grep ^torch constraints.txt) -e '.[test]')
	$(BIN)/python .ci/lock

setup: $(VENV)/.installed-test  ## only set up .venv, including what the tests need

clean:  ## remove what was built; keep .venv and a class's work
	rm -rf build dist .autograder *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian ships Python without ensurepip, and "python -m venv" then leaves half an environment behind: check first.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "The course needs Python 3.11 or newer as '$(PYTHON)'. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "This Python cannot make environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# uv knows PyTorch's index of CPU builds. It installs only torch, within a time limit: if that index cannot be reached,
# pip installs torch as usual.
TORCH_VERSION = $(shell sed -n -E 's/^torch==([0-9.]+).*/\1/p' constraints.txt)
define install_cpu_torch
	@echo "Installing the CPU build of torch"
	@$(PIP) install --quiet uv && UV_HTTP_TIMEOUT=10 UV_HTTP_RETRIES=1 timeout 600 $(BIN)/uv pip install --quiet --no-deps \
	    --python $(BIN)/python --torch-backend cpu torch==$(TORCH_VERSION) || \
	    echo "PyTorch's index of CPU builds cannot be reached: going on without it"
endef

# Fixes d2l for every program in the environment; see utils/d2l/d2l_mended.py.
D2L := utils/d2l

# torch is installed first and separately, since it is by far the largest.
define install_course
	@$(PIP) --version >/dev/null 2>&1 || { echo "$(VENV) has no pip: remove that folder and try again" >&2; exit 1; }
	$(if $(filter cpu,$(TORCH)),$(install_cpu_torch))
	@echo "Installing torch (TORCH=cpu takes the build without GPU libraries)"
	$(call install,torch)
	@echo "Installing $(1)"
	$(call install,-e '$(2)' ./$(D2L))
endef

$(VENV)/.installed: pyproject.toml constraints.txt $(wildcard utils/d2l/*.toml) | $(BIN)/python
	$(call install_course,JupyterLab and nbgrader and the course,.[course])
	@touch $@

$(VENV)/.installed-site: pyproject.toml constraints.txt $(wildcard utils/d2l/*.toml) | $(BIN)/python
	$(call install_course,JupyterLab and nbgrader and the course and the tools for its site,.[site])
	@touch $(VENV)/.installed $@

$(VENV)/.installed-test: pyproject.toml constraints.txt $(wildcard utils/d2l/*.toml) | $(BIN)/python
	$(call install_course,JupyterLab and nbgrader and the course and what its tests need,.[test])
	@touch $(VENV)/.installed $@
