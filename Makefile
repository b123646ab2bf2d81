# make help    says what there is
#
# Each target sets up what it needs, once, in .venv. Nothing is installed again until pyproject.toml or
# constraints.txt changes.
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

# pip tells of every file; we tell of the large ones, and of the long silence while they are unpacked.
TELL := sed -n -E -e 's/^ *(Downloading|Using cached) ([^ ]*) \(([0-9.]+ [MG]B)\).*/  \2, \3/p' \
	-e 's/^Installing collected packages.*/  unpacking, which takes a minute or two/p'

# Exact versions, so that everybody has the same. Where an index does not have one of them, the ranges of pyproject.toml
# do: a course must not end at a mirror that is a week behind.
define install
	@set -o pipefail; $(PIP) install --progress-bar off -c constraints.txt $(1) 2>$(VENV)/.errors | $(TELL) || { \
	    cat $(VENV)/.errors >&2; \
	    grep -qE 'No matching distribution|ResolutionImpossible' $(VENV)/.errors || exit 1; \
	    echo "A version of constraints.txt is not to be had here: installing what pyproject.toml allows"; \
	    $(PIP) install --progress-bar off $(1) | $(TELL); }
endef

.DEFAULT_GOAL := help
.PHONY: help demo test test-all lab rows decks sweeps site lint lock setup clean

help:  ## say what there is
	@sed -n 's/^\([a-z-]*\):.*##/\1\t/p' Makefile | while IFS=$$'\t' read -r name text; do \
	    printf '  make %-8s %s\n' "$$name" "$$text"; done

demo: $(VENV)/.installed  ## a whole class: made, released, graded, reported, in build/demo
	$(BIN)/autograder demo --assignment mlp $(ARGS)

test: $(VENV)/.installed-test  ## run the tests but for the long ones
	@.ci/chromium
	@.ci/postgresql
	$(BIN)/python -m pytest -m "not slow" $(ARGS)

test-all: $(VENV)/.installed-test  ## run every test, whole problem sets, lectures and sweeps of variants included
	@.ci/chromium
	@.ci/postgresql
	$(BIN)/python -m pytest $(ARGS)

# The server's root is the course, so that notebooks/, source/ and release/ are all within reach. .jupyter opens the page
# to begin from, and leaves out news and the tabs for instructors; `jupyter lab` in the activated environment has them.
# Jupyter refuses to run as root unless told; in a container there is often nobody else.
lab: $(VENV)/.installed  ## open the lectures in JupyterLab
	JUPYTER_CONFIG_PATH="$(CURDIR)/.jupyter$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
	    $(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS)

rows: $(VENV)/.installed  ## which cell serves which row of the curriculum
	$(BIN)/python docs/rows.py $(ARGS)

decks: $(VENV)/.installed  ## write docs/slides.md and docs/errata.md from what the lectures say
	$(BIN)/python docs/decks.py

sweeps: $(VENV)/.installed  ## run the long experiments whose results are out of date
	$(BIN)/python -m utils.experiments $(ARGS)

site: $(VENV)/.installed-site  ## the course as a site whose pictures move in any browser, in build/site
	$(BIN)/python docs/build_site.py $(ARGS)

lint: $(VENV)/.installed-test  ## check the style of the code, and its types
	$(BIN)/ruff check
	$(BIN)/mypy

lock: $(VENV)/.installed-test  ## write constraints.txt from what is installed (ARGS=--upgrade: the newest)
	$(if $(filter --upgrade,$(ARGS)),$(PIP) install --upgrade --upgrade-strategy eager -c <(grep ^torch constraints.txt) -e '.[test]')
	$(BIN)/python .ci/lock

setup: $(VENV)/.installed-test  ## only set up .venv, tests' needs included

clean:  ## remove what was built; .venv and a class's work stay
	rm -rf build dist .autograder *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# Debian ships Python without ensurepip, and "python -m venv" then leaves half an environment behind: look first.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "The course needs Python 3.11 or newer as '$(PYTHON)'. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "This Python cannot make environments. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# uv knows PyTorch's index of CPU builds. Only torch is asked of it, for a minute: if that index cannot be reached,
# pip installs torch as ever.
TORCH_VERSION = $(shell sed -n -E 's/^torch==([0-9.]+).*/\1/p' constraints.txt)
define install_cpu_torch
	@echo "Installing the CPU build of torch"
	@$(PIP) install --quiet uv && UV_HTTP_TIMEOUT=10 UV_HTTP_RETRIES=1 timeout 600 $(BIN)/uv pip install --quiet --no-deps \
	    --python $(BIN)/python --torch-backend cpu torch==$(TORCH_VERSION) || \
	    echo "PyTorch's index of CPU builds cannot be reached: going on without it"
endef

# What mends d2l for every program of the environment; see utils/d2l/d2l_mended.py.
D2L := utils/d2l

# torch goes first and alone, since it is by far the largest.
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
	$(call install_course,JupyterLab and nbgrader and the course and what makes its site,.[site])
	@touch $(VENV)/.installed $@

$(VENV)/.installed-test: pyproject.toml constraints.txt $(wildcard utils/d2l/*.toml) | $(BIN)/python
	$(call install_course,JupyterLab and nbgrader and the course and its tests' needs,.[test])
	@touch $(VENV)/.installed $@
