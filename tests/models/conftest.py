"""The models environment, for tests that need torch: a script runs there and prints JSON."""

import json
import subprocess
from pathlib import Path

import pytest

import aistacks_core
from aistacks_core import python_env
from aistacks_models.workflows import models_env

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def models_python():
    return python_env.ensure("models").python


@pytest.fixture(scope="session")
def inside_path(tmp_path_factory):
    """A folder for PYTHONPATH that holds `aistacks_models`, `aistacks_core` and nothing else of this environment."""
    path = tmp_path_factory.mktemp("path")
    for package in (models_env.folder(), Path(aistacks_core.__file__).parent):
        (path / package.name).symlink_to(package)
    return path


@pytest.fixture(scope="session")
def inside(models_python, inside_path):
    """Run ``tests/models/inside/<script>`` with the models environment; what it prints last is JSON."""

    def run(script, *words, code=0, env=None):
        argv = [models_python, HERE / "inside" / script, *words]
        done = subprocess.run(
            [str(word) for word in argv],
            capture_output=True,
            text=True,
            check=False,
            # What is asserted was seen on a CPU; a GPU of this machine's would train other weights.
            env=models_env.without_python()
            | {"PYTHONPATH": str(inside_path), "CUDA_VISIBLE_DEVICES": "-1"}
            | (env or {}),
        )
        assert done.returncode == code, done.stderr[-4000:]
        lines = done.stdout.strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    return run
