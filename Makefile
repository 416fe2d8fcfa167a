# Two commands are all a newcomer needs: `make demo` and `make check`.
SHELL := /bin/bash
PY := .venv/bin/python
ARGS ?=

.PHONY: demo check lock clean

demo: .venv/.run ## a pretend car and a call centre on this machine
	@.venv/bin/opensos demo $(ARGS)

check: .venv/.dev ## lint, types and all tests
	@tools/check $(ARGS)

.venv/bin/python:
	@tools/make-venv

.venv/.run: .venv/bin/python requirements/run.txt pyproject.toml
	@test -e .venv/.dev || { echo "Installing OpenSOS into .venv (about a minute) ..." && \
	$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/run.txt && \
	$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable . ; }
	@touch $@

.venv/.dev: .venv/bin/python requirements/dev.txt pyproject.toml
	@echo "Installing OpenSOS and its test tools into .venv (a minute or two) ..."
	@$(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(PY) -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ .venv/.run

lock: ## renew the locked dependencies (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --extra postgres --extra board --extra broker --group dev -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header pyproject.toml --extra mqtt --group build -c requirements/dev.txt -o requirements/run.txt
	! grep -n "http[s]*://" requirements/*.txt

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
