"""The models environment, for tests that need torch: a script runs there and prints JSON."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from aistacks_cli.tools import python_env

HERE = Path(__file__).parent
ROOM = HERE.parents[1] / "model_images"


@pytest.fixture(scope="session")
def models_python():
    return python_env.ensure("models").python


@pytest.fixture(scope="session")
def inside(models_python, tmp_path_factory):
    """Run ``tests/models/inside/<script>`` with the models environment; what it prints last is JSON."""
    path = tmp_path_factory.mktemp("path")
    (path / "aistacks_models").symlink_to(ROOM / "aistacks_models")

    def run(script, *words, code=0, env=None):
        clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        argv = [models_python, HERE / "inside" / script, *words]
        done = subprocess.run(
            [str(word) for word in argv],
            capture_output=True,
            text=True,
            check=False,
            # What is asserted was seen on a CPU; a GPU of this machine's would train other weights.
            env=clean | {"PYTHONPATH": str(path), "CUDA_VISIBLE_DEVICES": "-1"} | (env or {}),
        )
        assert done.returncode == code, done.stderr[-4000:]
        lines = done.stdout.strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    return run
