# make demo   synthetic register -> release -> everything served      make test    all tests, browser included
# make check  linters and types                                       make bench   benchmarks (docs/benchmarks.md)
PYTHON  ?= python3
PERSONS ?= 50000
SEED    ?= 1
AS_OF   ?= 2026-10-31
DEMO    ?= build/demo
PORT    ?= 8600

VENV  := .venv
BIN   := $(VENV)/bin
ENV   := $(VENV)/.installed
TOOLS := $(VENV)/.tools
NEXT  := build/datasette-next

# In the order of the folders: builds and browsers first, so that no long file is left for the end.
BY_FILE := --dist loadfile --no-loadscope-reorder

# Again on the next Datasette: the lookup. A fifth of the fuzzing is enough to see that it meets hostile requests there,
# too; the simulated harvest is left out, for the quotas that it tries know no Datasette.
NEXT_TESTS = $(filter-out tests/e2e/test_lookup_harvest.py,$(wildcard tests/e2e/test_lookup*.py))

# Python keeps what it compiled, whatever the machine says: the tests start many processes.
export PYTHONDONTWRITEBYTECODE :=
# As jzs sets it: for small matrices threads are mostly waiting.
export OPENBLAS_NUM_THREADS := 1

COMPILE := uv pip compile pyproject.toml --generate-hashes --no-annotate --no-header --python-version 3.11

.PHONY: demo test check bench lock clean system-packages

demo: $(ENV)
	@rm -rf $(DEMO)
	$(BIN)/jzs synth --out $(DEMO)/exports --persons $(PERSONS) --seed $(SEED) --as-of $(AS_OF)
	$(BIN)/jzs build --source $(DEMO)/exports --store $(DEMO)/store --as-of $(AS_OF)
	@exec $(BIN)/jzs serve --store $(DEMO)/store --port $(PORT)

test: $(TOOLS) $(NEXT)/.installed system-packages check
	$(BIN)/python -m pytest -n auto $(BY_FILE)
	PYTHONPATH=$(NEXT) $(BIN)/python -c 'import datasette; assert datasette.__version__ > "1"'
	PYTHONPATH=$(NEXT) JZS_FUZZ=0.2 $(BIN)/python -m pytest -n auto $(BY_FILE) $(NEXT_TESTS) tests/unit/lookup

check: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(TOOLS)
	$(BIN)/python tests/perf/build.py

system-packages:
	@tests/system-packages

# The environment is whole or absent: the stamp is written last. Setuptools warns of every editable installation.
$(ENV): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import ensurepip, venv, sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo '需要 Python 3.11 及 venv 模块 | Python 3.11 with venv is needed (Debian: apt-get install python3-venv)' >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What tests, linters and benchmarks need beside the environment.
$(TOOLS): requirements-test.lock $(ENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# The next Datasette, on which the lookup has to work too: what it needs beside the environment.
$(NEXT)/.installed: requirements-next.lock $(TOOLS)
	@rm -rf $(NEXT)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target $(NEXT) -r $<
	@touch $@

# Pins versions and hashes; names no index. Needs uv (pip install uv).
lock:
	$(COMPILE) --all-extras -o requirements-test.lock
	$(COMPILE) --extra build -c requirements-test.lock -o requirements.lock

clean:
	rm -rf $(VENV) build *.egg-info
