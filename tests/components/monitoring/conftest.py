"""Prometheus's own evaluation of rules and expressions."""

import pytest

from aistacks_core.errors import UserError


@pytest.fixture(scope="session")
def promtool():
    programs = pytest.importorskip("aistacks_sandbox.programs.obtain")
    try:
        return programs.ensure("promtool").path
    except UserError as error:
        pytest.skip(f"no promtool: {error}")
