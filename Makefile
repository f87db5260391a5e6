# `make serve` and `make test` are all a newcomer needs: git, make and Python 3.11 or later.

.DEFAULT_GOAL := help
.PHONY: help serve test test-all lint bench docs lock dist sbom

BIN := .venv/bin
# Tests wait for servers and clocks a part of their time; one process more than processors fills it.
export PYTEST_XDIST_AUTO_NUM_WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
# Where this is set, each of the many processes of the tests would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-compile

# The first of these that is new enough; `make serve PYTHON=/path/to/python` decides otherwise.
PYTHON ?= $(shell for it in python3 python3.13 python3.12 python3.11; do \
	$$it -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$it && break; done)

help:
	@echo "make serve   start the service (ARGS='--port 8001' for other settings)"
	@echo "make test    check the code and run the tests (ARGS='-k web' for some); a few minutes"
	@echo "make test-all  the long proofs that make test leaves out: real servers, browsers, many seeds"
	@echo "make bench   every figure of docs/performance.md on this machine, beside target and floor"
	@echo "make lint    check the code only"
	@echo "make docs    check the manual's generated pages and build it into site/"
	@echo "make lock    choose the newest versions that fit and write requirements/"
	@echo "make sbom    list what is in the image, with licences: dist/sbom.cdx.json (CycloneDX), dist/licences.txt"
	@echo "make dist    build the wheel and the sdist into dist/"

serve: .venv/.serve
	@exec $(BIN)/cdshooks serve $(ARGS)

test: lint
	$(BIN)/python -m pytest -m "not long" --numprocesses auto --dist worksteal $(ARGS)

test-all: lint
	$(BIN)/python -m pytest -m long --numprocesses auto --dist worksteal $(ARGS)

lint: .venv/.test
	$(BIN)/ruff check

bench: .venv/.test
	$(BIN)/python -m tests.bench $(ARGS)

docs: .venv/.test
	$(BIN)/cdshooks docs --check
	$(BIN)/zensical build --strict --clean

dist: .venv/.test
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/python -m build --no-isolation --outdir dist/judge conformance
	$(BIN)/python tests/tools/smoke.py dist

sbom: .venv/.test
	$(BIN)/python requirements/sbom.py dist

# The stamps make a second call quick; a changed lock file makes the environment anew where it must.
.venv/.serve: requirements/serve.txt requirements/link_checkout.py
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed, and none was found; say where: make serve PYTHON=/path/to/python"; exit 1; }
	@echo "Making the environment in .venv from requirements/serve.txt (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements/serve.txt
	@$(BIN)/python requirements/link_checkout.py
	@touch $@

.venv/.test: .venv/.serve requirements/test.txt
	@echo "Adding what the tests need from requirements/test.txt ..."
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@

COMPILE := uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --only-binary :all:

lock:
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	$(COMPILE) pyproject.toml --output-file requirements/serve.txt
	$(COMPILE) pyproject.toml --all-extras --group test --constraints requirements/serve.txt \
		--output-file requirements/test.txt
	$(COMPILE) pyproject.toml --extra postgres --extra otel --constraints requirements/test.txt \
		--output-file requirements/image.txt
	echo 'hatchling>=1.27' | $(COMPILE) - --output-file requirements/build.txt
