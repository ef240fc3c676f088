"""Fixtures for every room."""

from collections.abc import Callable

import pytest

from aistacks_cli.plan.recorder import record as run_recorded
from aistacks_cli.plan.registration import Plan


@pytest.fixture
def record() -> Callable[[Callable[[], object]], Plan]:
    """Runs a program in process and returns what it registered."""
    return run_recorded
