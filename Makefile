# Everything that is done with this project; `make` alone lists it.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FUZZER := $(VENV)/.fuzzer

# The first interpreter on the path that runs and is new enough.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)

.PHONY: help install demo test tools browser chaos mutants fuzz lint format pictures lock bench burst soak clean

help:  ## list what can be done
	@sed -n 's/^\([a-z]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

install: $(INSTALLED)  ## create the environment, .venv

demo: $(INSTALLED)  ## a day of a sandbox GitHub with the bot in front of it (ONCE=1: exit at its end)
	$(BIN)/python -m bot demo $(if $(ONCE),--once)

test: $(INSTALLED)  ## run the tests (ARGS="-k name": some of them)
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

tools: $(INSTALLED)  ## run Prettier, cspell and Hugo over what the bot writes, and the steps of its Dockerfile
	$(BIN)/python -m pytest -n auto --dist worksteal -m "tools and not browser" $(ARGS)

browser: $(INSTALLED)  ## look at the pages in Chromium, and through the installation; keeps screenshots
	$(BIN)/python -m pytest -n auto --dist worksteal -m browser $(ARGS)

mutants: $(INSTALLED)  ## see which mistakes in bot/status the tests would not find (ARGS="bot.status.ladder*": part of it)
	$(BIN)/mutmut run $(ARGS)
	$(BIN)/mutmut results

chaos: $(INSTALLED)  ## let chaos loose for 2,000 runs (ARGS="--runs N --seed S", or "--plan FILE" to repeat one)
	$(BIN)/python -m tests.chaos $(ARGS)

fuzz: $(FUZZER)  ## a minute of hostile input for each door (ARGS="yaml --seconds 600"); Linux alone
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: $(INSTALLED)  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(INSTALLED)  ## put the code into its form
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

pictures: $(INSTALLED)  ## draw and photograph the pictures of the documentation anew, in Chromium
	$(BIN)/python -m tests.pictures

bench: $(INSTALLED)  ## measure: deliveries, reconciles, memory
	$(BIN)/python -m benchmarks $(ARGS)

burst: $(INSTALLED)  ## measure: 5,000 deliveries at once
	$(BIN)/python -m benchmarks.burst $(ARGS)

soak: $(INSTALLED)  ## let it work for ten minutes and watch its memory (ARGS="--minutes 2": shorter)
	$(BIN)/python -m benchmarks.soak $(ARGS)

# Called by its own name in the files' first lines, so that they say how to make them again.
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url
lock: $(INSTALLED)  ## renew the locked requirements (ARGS=--upgrade: to the newest versions)
	$(LOCK) $(ARGS) --output-file requirements.txt --extra otel pyproject.toml
	$(LOCK) $(ARGS) --output-file requirements-dev.txt --extra dev --extra otel pyproject.toml
	$(LOCK) $(ARGS) --output-file requirements-fuzz.txt --group fuzz

clean:  ## remove the environment and everything made
	rm -rf $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage build dist mutants
	find bot tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

# One pass for the locked packages, one for this project itself, which is in no lock.
$(INSTALLED): requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -c '$(NEW_ENOUGH)' || { echo "$(PYTHON) is not Python 3.11 or newer" >&2; exit 1; }
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(FUZZER): $(INSTALLED) requirements-fuzz.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.txt
	@touch $@
