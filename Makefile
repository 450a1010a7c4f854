# The two commands a newcomer needs are `make run` and `make test`.

PYTHON := .venv/bin/python
ROOMS := schemas domain topics runtime ingest_gateway stream_processors storage_sink notifier query_api local_stack cli benchmarks

.PHONY: help install run stop test check format bench kill-test controls lock generated

help:
	@echo "make run        install what is missing, start everything, print addresses, DSN and login"
	@echo "make stop       stop it again"
	@echo "make test       check, then every test, on real servers"
	@echo "make check      lint, types, laws, generated files"
	@echo "make format     rewrite the code as ruff wants it"
	@echo "make generated  write JSON Schemas and reference pages"
	@echo "make bench      the published figures"
	@echo "make kill-test  processes killed at random under load; nothing lost, nothing double"
	@echo "make controls   planted faults that must turn the kill test red"
	@echo "make lock       resolve the dependencies anew"

install:
	@local_stack/install.sh

run: install
	@.venv/bin/gregor up

stop:
	@.venv/bin/gregor down

# A test that hangs for a quarter of an hour ends the run with the stacks of all its threads.
test: check
	@$(PYTHON) -m pytest -m "not slow" -o faulthandler_timeout=900 -o faulthandler_exit_on_timeout=true

check: install
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy --strict $(ROOMS)
	@.venv/bin/gregor schemas check
	@.venv/bin/gregor docs check
	@$(PYTHON) -m pytest -q tests/laws

format: install
	@$(PYTHON) -m ruff check --fix-only --quiet .
	@$(PYTHON) -m ruff format .

generated: install
	@.venv/bin/gregor schemas write
	@.venv/bin/gregor docs write

bench: install
	@$(PYTHON) -m benchmarks.gateway
	@$(PYTHON) -m benchmarks.pipeline

kill-test: install
	@$(PYTHON) -m pytest tests/live/test_kill_live.py tests/live/test_sinks_kill_live.py tests/live/test_notifier_live.py

controls: install
	@$(PYTHON) -m pytest -m slow tests/live

# Keeps the versions that are there unless told `make lock UPGRADE=--upgrade`. Needs uv.
lock:
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
		--group dev --extra local pyproject.toml -o requirements/dev.lock
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) \
		-c requirements/dev.lock requirements/build.in -o requirements/build.lock
