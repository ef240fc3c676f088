"""ONNX files and a TensorFlow SavedModel, which enter where a trained network would be compressed."""

import os
import subprocess
from pathlib import Path

import pytest

from aistacks_core import python_env
from aistacks_core.errors import UserError
from aistacks_models.workflows import saved_model

HERE = Path(__file__).parent
MODEL = 'class Theirs(FileModel):\n    """Theirs."""\n\n    name = "theirs"\n    file = "{file}"\n'


@pytest.fixture(scope="module")
def keras(tmp_path_factory):
    """The file of a model whose network is a SavedModel beside it."""
    folder = tmp_path_factory.mktemp("keras")
    python = python_env.ensure("tensorflow").python
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    argv = [str(python), str(HERE / "inside" / "tensorflow_model.py"), str(folder / "network")]
    subprocess.run(argv, check=True, capture_output=True, env=os.environ | quiet)
    (folder / "theirs.py").write_text(MODEL.format(file="network"))
    return folder / "theirs.py"


@pytest.fixture(scope="module")
def converted(keras):
    return saved_model.environment(keras)["AISTACKS_CONVERTED_MODEL"]


@pytest.fixture(scope="module")
def outcomes(inside, converted, tmp_path_factory):
    return inside("compress_imported.py", tmp_path_factory.mktemp("foreign"), converted)


@pytest.mark.parametrize("name", ["good", "external", "saved-model"])
def test_the_file_is_the_reference_and_is_compressed(outcomes, name):
    made = outcomes[name]["made"]
    assert outcomes[name]["dropped"] == {}
    assert list(made) == ["original", "optimised", "int8", "half"]
    assert made["original"][:2] == ["onnxruntime", "original/model.onnx"]
    for difference in outcomes[name]["difference"].values():
        assert difference["difference"] < 0.05


def test_an_old_file_is_brought_up_to_date(outcomes):
    assert outcomes["good"]["opset"] == 18
    assert outcomes["good"]["made"]["original"][3] == 64 * 4 + 4
    assert outcomes["good"]["comment"] == ""


def test_inputs_and_outputs_are_read_without_the_rows_under_names_that_servers_take(outcomes):
    assert outcomes["good"]["inputs"] == [["pixels", "FP32", [1, 8, 8]]]
    assert outcomes["good"]["outputs"] == [["label", "INT64", [1]], ["probabilities_out", "FP32", [4]]]
    assert outcomes["saved-model"]["inputs"] == [["pixels", "FP32", [8, 8, 1]]]


def test_weights_beside_the_file_are_taken_along(outcomes):
    assert outcomes["external"]["made"] == outcomes["good"]["made"]


def test_the_stage_tells_what_training_would(outcomes):
    trained = outcomes["good"]["trained"]
    assert (trained["epochs"], trained["history"], trained["parameters"]) == (0, [], 260)
    assert trained["rows"] == {"train": 192, "validation": 32, "held_out": 64}
    assert 0 <= trained["held_out"] <= 1
    assert len(trained["data"]["sha256"]) == 64


def test_an_entered_file_is_found_again(outcomes):
    assert outcomes["good"]["again"] is True


@pytest.mark.parametrize(
    ("case", "got"),
    [
        ("text.onnx", "not an ONNX file, or a truncated one"),
        ("cut.onnx", "not an ONNX file, or a truncated one"),
        ("apart.onnx", "no apart.data beside it, which holds its weights"),
        ("absent.onnx", "no such file"),
        ("custom", "operator their.own.Gemm"),
        ("invalid", "ONNX that isn't valid: "),
        ("fixed", "shape [1, 1, 8, 8]"),
        ("training", "step 'distillation'"),
        ("declared", "the tensors ['pixels']"),
        ("data", "pixels"),
        ("folder", "a folder without saved_model.pb"),
        ("unconverted", "a SavedModel that wasn't converted"),
    ],
)
def test_a_file_that_is_no_good_is_one_line(outcomes, case, got):
    assert outcomes[case]["got"].startswith(got)
    assert outcomes[case]["where"]


def test_a_savedmodel_is_converted_once(keras, converted):
    before = Path(converted).stat().st_mtime_ns
    assert saved_model.environment(keras) == {"AISTACKS_CONVERTED_MODEL": converted}
    assert Path(converted).stat().st_mtime_ns == before


def test_another_savedmodel_has_another_digest(keras):
    before = saved_model.digest(keras)
    extra = keras.parent / "network" / "assets" / "words.txt"
    extra.parent.mkdir(exist_ok=True)
    extra.write_text("more")
    assert saved_model.digest(keras) != before
    extra.unlink()


def test_a_savedmodel_that_cant_be_converted_is_one_line(tmp_path):
    (tmp_path / "network").mkdir()
    (tmp_path / "network" / "saved_model.pb").write_bytes(b"no protobuf")
    (tmp_path / "theirs.py").write_text(MODEL.format(file="network"))
    with pytest.raises(UserError) as told:
        saved_model.environment(tmp_path / "theirs.py")
    assert told.value.where == str(tmp_path / "network")


@pytest.mark.parametrize(
    "text", [MODEL.format(file="model.onnx"), "class Mine:\n    name = 'mine'\n", "class Half(:\n", "file = 'x'\n"]
)
def test_other_models_need_nothing(tmp_path, text):
    (tmp_path / "mine.py").write_text(text)
    assert saved_model.environment(tmp_path / "mine.py") == {}


def test_a_changed_onnx_file_changes_the_digest(tmp_path):
    source = tmp_path / "mine.py"
    source.write_text(MODEL.format(file="model.onnx"))
    assert saved_model.digest(source) == ""
    (tmp_path / "model.onnx").write_bytes(b"1")
    one = saved_model.digest(source)
    (tmp_path / "model.onnx").write_bytes(b"2")
    assert len(one) == 64
    assert saved_model.digest(source) != one
