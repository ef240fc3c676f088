"""Triton's configuration: checked here, and read back by Triton's own definition in the models environment.

What this can't prove: that the ONNX Runtime backend of the full image serves it; the trials serve the Python one.
"""

import pytest
from pydantic import ValidationError

from aistacks_core.errors import UserError
from aistacks_models import Serving, Tensor
from aistacks_models.packaging import triton_config_builder
from aistacks_models.packaging.triton_config import ModelConfig

PIXELS = (Tensor(name="pixels", datatype="FP32", shape=(4,)),)
LABEL = (Tensor(name="label", datatype="INT64", shape=(1,)),)
SMALL = {
    "name": "small",
    "backend": "python",
    "max_batch_size": 4,
    "input": [{"name": "a", "data_type": "TYPE_FP32", "dims": [2]}],
    "output": [{"name": "b", "data_type": "TYPE_FP32", "dims": [2]}],
}
STEP = {"model_name": "m", "input_map": {"a": "a"}, "output_map": {"b": "b"}}


@pytest.fixture(scope="module")
def read(inside):
    return inside("package_config.py")


def test_tritons_definition_reads_all_that_we_can_say(read):
    everything = read["everything"]
    assert everything["input"][0] == {"name": "a", "data_type": "TYPE_FP32", "dims": ["1"], "reshape": {}}
    assert everything["input"][1]["optional"]
    assert everything["output"][0]["label_filename"] == "labels.txt"
    assert everything["version_policy"] == {"specific": {"versions": ["1", "3"]}}
    assert everything["instance_group"] == [
        {"count": 2, "kind": "KIND_GPU", "gpus": [0, 1]},
        {"count": 1, "kind": "KIND_CPU"},
    ]
    policy = everything["dynamic_batching"]["default_queue_policy"]
    assert policy["timeout_action"] == "DELAY"
    assert (policy["default_timeout_microseconds"], policy["max_queue_size"]) == ("9", 7)
    assert everything["optimization"] == {"graph": {"level": -1}, "eager_batching": True}
    assert everything["model_warmup"][0]["inputs"]["a"]["random_data"]


def test_how_a_model_is_served_is_in_its_configuration(read):
    config = read["onnxruntime"]
    assert config["backend"] == "onnxruntime"
    assert config["instance_group"] == [{"count": 2, "kind": "KIND_GPU"}]
    assert config["dynamic_batching"]["preferred_batch_size"] == [4, 8]
    assert config["dynamic_batching"]["max_queue_delay_microseconds"] == "250"
    assert config["dynamic_batching"]["default_queue_policy"]["max_queue_size"] == 100
    assert config["version_policy"] == {"latest": {"num_versions": 2}}
    assert config["parameters"]["intra_op_thread_count"] == {"string_value": "3"}
    assert [warmup["batch_size"] for warmup in config["model_warmup"]] == [1, 4, 8]
    assert read["again"]


def test_a_scalar_is_a_dim_of_one_that_the_network_does_not_have(read):
    assert read["onnxruntime"]["input"][1] == {
        "name": "temperature",
        "data_type": "TYPE_FP32",
        "dims": ["1"],
        "reshape": {},
    }


def test_warm_up_puts_one_for_a_size_that_differs(read):
    assert read["onnxruntime"]["model_warmup"][0]["inputs"]["ids"]["dims"] == ["1"]


def test_python_backend_differs_in_device_and_ranges_only(read):
    full, python = read["onnxruntime"], read["python"]
    assert python["backend"] == "python"
    assert python["instance_group"] == [{"count": 2, "kind": "KIND_CPU"}]
    assert python["parameters"].pop("ranges")
    for part in ("backend", "instance_group"):
        del full[part], python[part]
    assert full == python


def test_batching_can_be_off(read):
    assert "dynamic_batching" not in read["plain"]


def test_renamed_keeps_the_rest(read):
    assert read["renamed"] == "other"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"backend": "tensorflow"}, "backend"),
        ({"name": "No Name"}, "pattern"),
        ({"platform": "ensemble"}, "either a backend or a platform"),
        ({"ensemble_scheduling": {"step": [STEP]}}, "an ensemble has ensemble_scheduling"),
        ({"dynamic_batching": {"preferred_batch_size": [8]}}, r"at most max_batch_size \(4\), not 8"),
        ({"max_batch_size": 0, "dynamic_batching": {}}, "max_batch_size of at least 1"),
        ({"input": [SMALL["input"][0]] * 2}, "input names differ"),
        ({"input": [{"name": "a", "data_type": "TYPE_FP32", "dims": []}]}, "at least 1 item"),
        ({"input": [{"name": "a", "data_type": "TYPE_FP31", "dims": [2]}]}, "TYPE_FP32"),
        ({"version_policy": {"latest": {}, "all": {}}}, "exactly one of latest"),
        ({"instance_group": [{"gpus": [0]}]}, "gpus need kind KIND_GPU"),
        ({"model_warmup": [{"name": "w", "inputs": {}}]}, "with the model's inputs"),
        ({"dynamic_batch": {}}, "Extra inputs"),
    ],
)
def test_what_triton_would_refuse_is_refused_here(changes, told):
    with pytest.raises(ValidationError, match=told):
        ModelConfig.model_validate(SMALL | changes)


def test_ensembles_have_no_instances():
    ensemble = {k: v for k, v in SMALL.items() if k != "backend"} | {"platform": "ensemble"}
    ensemble["ensemble_scheduling"] = {"step": [STEP]}
    ModelConfig.model_validate(ensemble)
    with pytest.raises(ValidationError, match="its members have"):
        ModelConfig.model_validate(ensemble | {"instance_group": [{}]})


def test_serving_that_does_not_fit_the_model_is_one_line():
    with pytest.raises(UserError, match=r"model digits, serving: got .*at most max_batch_size \(4\)"):
        triton_config_builder.of_model("digits", PIXELS, LABEL, 4, "python", Serving(preferred_batch_sizes=(8,)))
