"""Every environment's plan, made once."""

import pytest

from recorded import record_environment


@pytest.fixture(scope="session")
def plans():
    """An environment's name to its plan."""
    made = {}

    def plan(name):
        if name not in made:
            made[name] = record_environment(name)
        return made[name]

    return plan
