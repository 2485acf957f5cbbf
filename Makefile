# Two commands do everything on a fresh machine with Python 3.11+ and make:  `make demo`  and  `make test`.

PYTHON := $(shell for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	if command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$name; break; fi; done)
BIN := .venv/bin
SERVE ?= 1
PORT ?= 8000
DATA ?= ../shared/data
CHROMIUM ?= /usr/bin/chromium
FAKETIME := /usr/bin/faketime
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONTZPATH :=

.PHONY: help demo test one test-base test-browser test-clock test-data test-long bench bench-rules lint clean

help:
	@echo "make demo          set up, build the example company, train, route, show, serve on 127.0.0.1:$(PORT)  (SERVE=0 stops after the summary)"
	@echo "make test          set up, then every test that needs no system package"
	@echo "make test-base     serving's own tests once more, in an environment with the base extra alone"
	@echo "make one T=PATH    one folder, file or test, such as T=tests/rules/routing"
	@echo "make test-browser  the console in a real browser (Debian's chromium, installed where you are root; CHROMIUM=$(CHROMIUM))"
	@echo "make test-clock    real processes by a clock that is wrong for a while (Debian's faketime, installed where you are root)"
	@echo "make test-data     the tests on public data (DATA=$(DATA))"
	@echo "make test-long     the tests that take minutes, and in full those of which make test runs a slice"
	@echo "make bench         a full decision beside MLflow's own server, and many clients at once; writes docs/benchmarks.md"
	@echo "make bench-rules   territory lookup and owner filtering beside a plain loop and two rules libraries, up to a million rules; writes docs/benchmarks-rules.md"
	@echo "make lint          style, the one-way chain of imports, and types"
	@echo "make clean         remove what the commands made"

demo: .venv/.ready-train
	$(BIN)/rightful demo --folder .demo --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve,--serve)

test: .venv/.ready-test
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not long and not data and not browser and not clock"

one: .venv/.ready-test
	@test -n "$(T)" || { echo "make one: name what to run, such as T=tests/rules/routing"; exit 1; }
	$(BIN)/python -m pytest $(T)

# Serving's own tests once more where only the base extra is installed.
test-base: .venv-base/.ready
	.venv-base/bin/python -m pytest -n 2 --dist loadgroup tests/rules tests/features tests/serving tests/contracts -m "not train and not long"

test-browser: .venv/.ready-browser $(CHROMIUM)
	RIGHTFUL_CHROMIUM="$(CHROMIUM)" $(BIN)/python -m pytest tests/browser -m browser

$(CHROMIUM):
	@if [ "$@" = /usr/bin/chromium ] && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "installing Debian's chromium (once)"; \
		export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; fi
	@test -x "$@" || { echo "make test-browser: there is no browser at $@; install Debian's chromium (as root: apt-get install chromium), or name another with CHROMIUM=..."; exit 1; }

test-clock: .venv/.ready-test $(FAKETIME)
	$(BIN)/python -m pytest tests/journeys -m clock

$(FAKETIME):
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "installing Debian's faketime (once)"; \
		export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends faketime >/dev/null; fi
	@test -x "$@" || { echo "make test-clock: there is no $@; install Debian's faketime (as root: apt-get install faketime)"; exit 1; }

test-data: .venv/.ready-test
	@test -d "$(DATA)" || { echo "make test-data: no folder $(DATA); name it with DATA=..."; exit 1; }
	RIGHTFUL_DATA="$(DATA)" $(BIN)/python -m pytest -m data

test-long: .venv/.ready-test
	RIGHTFUL_THOROUGH=1 $(BIN)/python -m pytest -n 2 --dist loadgroup -m "long or sliced"

bench: .venv/.ready-train
	$(BIN)/rightful bench --page docs/benchmarks.md

bench-rules: .venv/.ready-bench
	$(BIN)/rightful bench rules --page docs/benchmarks-rules.md

lint: .venv/.ready-test
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

clean:
	rm -rf .venv .venv-base .demo

.venv/.ready-train: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Rightful needs Python 3.11 or newer; none was found on the PATH"; exit 1; }
	@echo "setting up .venv with $(PYTHON) (about a minute, once)"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable ".[train]"
	@touch $@

.venv/.ready-test: .venv/.ready-train
	$(BIN)/python -m pip install --quiet --editable ".[train,test]"
	@touch $@

.venv/.ready-bench: .venv/.ready-train
	$(BIN)/python -m pip install --quiet --editable ".[train,bench]"
	@touch $@

.venv/.ready-browser: .venv/.ready-test
	$(BIN)/python -m pip install --quiet --editable ".[train,test,browser]"
	@touch $@

.venv-base/.ready: pyproject.toml constraints.txt
	@echo "setting up .venv-base, the base extra alone (once)"
	test -x .venv-base/bin/python || $(PYTHON) -m venv .venv-base
	.venv-base/bin/python -m pip install --quiet --editable ".[base-test]"
	@touch $@
