"""The digits model: really trained, in its own environment, twice."""

import json
import os
import subprocess
from pathlib import Path

import pytest

import aistacks_models
from aistacks_cli.tools import python_env
from aistacks_models import checksums

READ_ONNX = """
import json, sys
import onnx
model = onnx.load(sys.argv[1])
tensors = [*model.graph.input, *model.graph.output]
kinds = {tensor.name: tensor.type.tensor_type.elem_type for tensor in tensors}
opsets = [[opset.domain, opset.version] for opset in model.opset_import]
print(json.dumps({"opsets": opsets, "ir": model.ir_version, "kinds": kinds}))
"""


def run(argv, **env):
    """Call the models environment with our package, and nothing else of this one, on its path."""
    python = python_env.ensure("models").python
    rooms = Path(aistacks_models.__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": str(rooms), "PYTHONDONTWRITEBYTECODE": "1", **env}
    return subprocess.run([python, *argv], env=env, capture_output=True, text=True)


def train(folder, **env):
    done = run(["-m", "aistacks_models.digits", "--out", folder], **env)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["digest"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits") / "package"
    return folder, train(folder)


@pytest.fixture(scope="module")
def manifest(trained):
    return json.loads((trained[0] / "manifest.json").read_text())


def test_package_is_whole_and_has_the_agreed_files(trained):
    folder, digest = trained
    assert checksums.complete(folder, digest) == digest
    assert checksums.files_of(folder) == [
        "heldout.json",
        "manifest.json",
        "triton/digits/1/model.onnx",
        "triton/digits/1/model.py",
        "triton/digits/config.pbtxt",
        "triton/digits/configs/python.pbtxt",
    ]


def test_second_training_gives_the_same_bytes(trained, tmp_path):
    folder, digest = trained
    again = tmp_path / "elsewhere" / "package"
    assert train(again, TZ="Asia/Tokyo", PYTHONHASHSEED="7", OMP_NUM_THREADS="1") == digest
    for name in [*checksums.files_of(folder), checksums.SUMS]:
        assert (again / name).read_bytes() == (folder / name).read_bytes()


def test_model_is_good_and_the_onnx_file_agrees_with_scikit_learn(manifest):
    assert 0.95 <= manifest["accuracy"] < 1
    assert manifest["verified"]["max_difference"] <= manifest["verified"]["allowed"] == 1e-5


def test_held_out_digits_were_not_trained_on(trained, manifest):
    digits = json.loads((trained[0] / "heldout.json").read_text())
    assert manifest["data"] | {"source": ""} == {
        "source": "",
        "train": 1437,
        "held_out": 360,
        "seed": 20261123,
    }
    assert len(digits["pixels"]) == len(digits["labels"]) == 360
    assert {len(row) for row in digits["pixels"]} == {64}
    assert set(digits["labels"]) == set(range(10))


def test_configurations_differ_in_the_backend_only(trained):
    model = trained[0] / "triton" / "digits"
    full, python = (model / "config.pbtxt").read_text(), (model / "configs" / "python.pbtxt").read_text()
    assert full.startswith('backend: "onnxruntime"\n')
    assert full.replace('"onnxruntime"', '"python"') == python
    assert "dynamic_batching" in full
    assert "max_batch_size: 64" in full


def test_onnx_file_has_the_tensors_that_the_configuration_names(trained):
    done = run(["-c", READ_ONNX, trained[0] / "triton" / "digits" / "1" / "model.onnx"])
    assert json.loads(done.stdout) == {
        "opsets": [["", 18], ["ai.onnx.ml", 1]],
        "ir": 8,
        "kinds": {"pixels": 1, "label": 7, "probabilities": 1},  # float, int64, float
    }


def test_a_folder_that_holds_something_is_not_overwritten(tmp_path):
    (tmp_path / "mine").write_text("kept")
    done = run(["-m", "aistacks_models.digits", "--out", tmp_path])
    assert done.returncode
    assert "is not empty" in done.stderr
    assert (tmp_path / "mine").read_text() == "kept"
