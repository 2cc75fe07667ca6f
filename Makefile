# Everything the project can do, one command each. `make run` and `make test` need nothing but Python 3.11 and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.stamp
FITTED := $(VENV)/.fitted

.PHONY: run test lint bench env lock browser services fuzz audit clean

run: env
	$(BIN)/python -m web serve

test: env browser services lint
	$(BIN)/python -m pytest

lint: env
	$(BIN)/ruff check bot web tests bench
	$(BIN)/ruff format --check bot web tests bench
	$(BIN)/mypy

bench: env
	$(BIN)/python -m bench

# A minute for each target (SECONDS=600 make fuzz for ten). What breaks one is kept in tests/fuzz/found and is a test from then on.
SECONDS ?= 60
fuzz: env
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.txt
	for target in frames tokens files dangers; do $(BIN)/python -m tests.fuzz $$target $(SECONDS) || exit 1; done

env: $(STAMP) $(FITTED)

$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Pinpoint needs Python 3.11 or newer; this is %d.%d. Try: make PYTHON=python3.12 env" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

# The phrasings are fitted beforehand, so that the service starts at once.
$(FITTED): $(STAMP) $(wildcard knowledge/*.md knowledge/*.toml knowledge/phrasings/*.toml knowledge/safety/* bot/*.py)
	$(BIN)/python -m bot fit
	@touch $@

# The browser tests drive Debian's Chromium. As root we install it; elsewhere we say what to do.
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium; \
	else echo "The browser tests need Chromium. Install it (Debian, Ubuntu: sudo apt-get install chromium) and run make test again." >&2; exit 1; fi

# Some tests start a PostgreSQL, a Redis and an nginx of their own. As root we install what is missing, and leave Debian's own
# services neither running nor enabled; elsewhere those tests are skipped by name, but never in CI.
services:
	@missing=; \
	ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$$missing postgresql"; \
	for program in nginx redis-server; do PATH="$$PATH:/usr/sbin" command -v $$program >/dev/null || missing="$$missing $$program"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "The tests that need$$missing will be skipped (Debian, Ubuntu: sudo apt-get install$$missing)." >&2; exit 0; fi; \
	set -e; apt-get update -q; \
	if [ ! -e /usr/sbin/policy-rc.d ]; then trap 'rm -f /usr/sbin/policy-rc.d' EXIT; \
	  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d; chmod +x /usr/sbin/policy-rc.d; fi; \
	DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $$missing; \
	if [ -d /run/systemd/system ]; then systemctl disable -q $$missing; fi

# Known holes in the pinned packages. It asks pypi.org, and fails where that does not know them, so it is no part of `make test`.
AUDIT := $(VENV)/audit
audit:
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.txt
	for file in requirements.txt requirements-scale.txt requirements-dev.txt requirements-fuzz.txt; do \
	  echo "$$file:"; $(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r $$file || exit 1; done

lock:
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements.txt requirements.in
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements-scale.txt requirements-scale.in
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements-dev.txt requirements-dev.in
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements-fuzz.txt requirements-fuzz.in
	$(BIN)/pip-compile -q --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header -o requirements-audit.txt requirements-audit.in

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache data
