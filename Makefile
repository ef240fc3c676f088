.PHONY: up test unit check down
.DEFAULT_GOAL := up
PYTHON ?= python3
UNIT := tests/components tests/stacks tests/policies tests/catalog tests/core
# Bytecode of what is used is kept (pulumi_aws alone takes minutes to compile whole).
unexport PYTHONDONTWRITEBYTECODE
# A CI that wants colours, or a hook of git's whose variables mean another repository, is not meant by what is tested.
unexport GITHUB_ACTIONS FORCE_COLOR PY_COLORS TTY_COMPATIBLE
unexport GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR GIT_OBJECT_DIRECTORY

up: .venv/ready            ## bring the sandbox up on this machine
	@.venv/bin/aistacks sandbox up
test: .venv/ready          ## every test
	@.venv/bin/python tests/prepare.py
	@.venv/bin/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
unit: .venv/ready          ## components, stacks, policies, catalogue and core, without what is downloaded or built (engine, promtool, charts)
	@.venv/bin/python -m pytest -q -n 2 --dist loadfile -m "not programs" $(UNIT)
check: .venv/ready         ## format, lint, types, who imports whom
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports --no-cache
down: .venv/ready          ## destroy the sandbox and stop what it started
	@.venv/bin/aistacks sandbox down

.venv/ready: locks/venv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"make: got Python {v[0]}.{v[1]}; aistacks needs Python 3.11 or newer (make PYTHON=/path/to/python3.11)")'
	@echo "Making .venv (about a minute the first time)"
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r locks/venv.txt
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
