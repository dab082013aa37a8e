# Every target but `help` and `clean` first sets up what it needs; a stamp makes the second time fast.
.DEFAULT_GOAL := help
.PHONY: help demo test check tools bench images constraints clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TOOLS := .venv-tools
BENCHMARKS ?= collect proofs reports scale bundle
UPGRADE ?=
ARGS ?=

help:
	@echo "make demo         audit a simulated organization and print where the evidence is"
	@echo "make test         run the tests (ARGS='-k alarm' hands arguments to pytest)"
	@echo "                  ORGAUDIT_EXPLORE=1 tries examples that no run has tried; else they are the same every time"
	@echo "make check        formatting, lint, types, docstrings and tests: what CI runs"
	@echo "make tools        install what tests compare with (a second emulator, awscli) into $(TOOLS)"
	@echo "make bench        measure: $(BENCHMARKS)"
	@echo "make images       draw the sample pages of docs/images from a fresh demo (needs pdftoppm)"
	@echo "make constraints  pin the dependencies again (UPGRADE=--upgrade for newer releases)"
	@echo "make clean        remove the environment and caches; evidence is left alone"
	@echo "PYTHON=python3.12 makes the environment with another interpreter, 3.11 or newer."

$(STAMP): .ci/environment constraints.txt pyproject.toml
	@.ci/environment "$(PYTHON)" "$(VENV)"
	@touch $@

demo: $(STAMP)
	@$(BIN)/orgaudit demo $(ARGS)

test: $(STAMP)
	$(BIN)/python -m pytest -n auto $(ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/interrogate --quiet orgaudit
	$(BIN)/python -m pytest -n auto $(ARGS)

# An environment of their own: these pin other releases of the AWS libraries than the project does.
$(TOOLS)/.installed: $(STAMP) .ci/tools.txt
	@echo "orgaudit: installing the pinned tools into $(TOOLS)" >&2
	@$(PYTHON) -m venv --clear $(TOOLS)
	@$(TOOLS)/bin/python -m pip --disable-pip-version-check --quiet \
	    install --no-deps --no-compile --require-hashes -r .ci/tools.txt
	@touch $@

tools: $(TOOLS)/.installed

bench: $(STAMP)
	@for name in $(BENCHMARKS); do \
	    if [ -f "benchmarks/$$name.py" ]; then $(BIN)/python -m "benchmarks.$$name" $(ARGS) || exit 1; \
	    else echo "benchmarks/$$name.py does not exist: skipped"; fi; \
	done

images: $(STAMP)
	@folder=$$(mktemp -d) && $(BIN)/python docs/sample_pages.py "$$($(BIN)/orgaudit demo --out "$$folder")"; \
	    status=$$?; rm -rf "$$folder"; exit $$status

# The index and its options stay out of the file: pins must hold wherever pip is pointed.
constraints: $(STAMP)
	CUSTOM_COMPILE_COMMAND="make constraints" $(BIN)/pip-compile --quiet $(UPGRADE) \
	    --extra dask --extra demo --extra dev --generate-hashes --allow-unsafe --strip-extras \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --output-file constraints.txt pyproject.toml
	CUSTOM_COMPILE_COMMAND="make constraints" $(BIN)/pip-compile --quiet $(UPGRADE) \
	    --generate-hashes --allow-unsafe --strip-extras \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --output-file .ci/tools.txt .ci/tools.in

clean:
	rm -rf $(VENV) $(TOOLS) build dist .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find orgaudit tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
