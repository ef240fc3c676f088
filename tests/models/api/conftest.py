"""A tiny package with its API, and real servers that serve it."""

import importlib.util
import json
import sys

import pytest

from aistacks_models import api
from aistacks_models.tensors import Tensor
from aistacks_sandbox import processes
from aistacks_sandbox.model_servers import torchserve, triton
from aistacks_sandbox.state import State

DIGITS = {
    "name": "digits",
    "inputs": (Tensor(name="pixels", datatype="FP32", shape=(64,), low=0, high=16),),
    "outputs": (
        Tensor(name="label", datatype="INT64", shape=(1,), low=0, high=9),
        Tensor(name="probabilities", datatype="FP32", shape=(10,), low=0, high=1),
    ),
    "max_batch_size": 64,
    "samples": {
        "inputs": {"pixels": [[0.0] * 64, [1.5] * 64]},
        "outputs": {"label": [[3], [4]], "probabilities": [[0.1] * 10, [0.1] * 10]},
    },
    "task": "image classification",
    "licence": "Apache-2.0",
    "classes": [str(digit) for digit in range(10)],
}
TAGGER = {
    "name": "bert-tokens",
    "inputs": (
        Tensor(name="input_ids", datatype="INT64", shape=(-1,), low=0, high=2047),
        Tensor(name="attention_mask", datatype="INT64", shape=(-1,), low=0, high=1),
    ),
    "outputs": (Tensor(name="scores", datatype="FP32", shape=(-1, 3)),),
    "max_batch_size": 16,
    "samples": {
        "inputs": {"input_ids": [[1, 2]], "attention_mask": [[1, 1]]},
        "outputs": {"scores": [[[0.1, 0.2, 0.7]] * 2]},
    },
    "classes": ['a "quoted" class', "ünïcode"],
}
ODD = {
    "name": "3d_net",
    "inputs": (
        Tensor(name="class", datatype="BYTES", shape=(1,)),
        Tensor(name="SELF", datatype="BOOL", shape=()),
        Tensor(name="timeout", datatype="UINT8", shape=(2, 3), high=5),
    ),
    "outputs": (Tensor(name="OUTPUT__0", datatype="FP64", shape=(2, 2)),),
    "max_batch_size": 1,
    "samples": {
        "inputs": {"class": [["x"]], "SELF": [True], "timeout": [[[1, 2, 3], [4, 5, 0]]]},
        "outputs": {"OUTPUT__0": [[[0.5, 0.25], [1.0, 0.0]]]},
    },
}
MODELS = {model["name"]: model for model in (DIGITS, TAGGER, ODD)}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param]


@pytest.fixture(scope="session")
def digits():
    return DIGITS


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """Model → its generated module's file."""
    folder = tmp_path_factory.mktemp("generated")
    for name, about in MODELS.items():
        api.write(folder / name, **about)
    return {name: folder / name / "client.py" for name in MODELS}


@pytest.fixture(scope="session")
def tiny(inside, tmp_path_factory):
    """A package of the model ``tiny`` (see ``inside/package_tiny.py``), as it would be published."""
    folder = tmp_path_factory.mktemp("tiny") / "package"
    inside("api_package.py", folder)
    return folder


@pytest.fixture(scope="session")
def samples(tiny):
    return json.loads((tiny / "samples.json").read_text())


@pytest.fixture(scope="session")
def client_module(tiny):
    return load(tiny / "api" / "client.py")


@pytest.fixture(scope="session")
def triton_server(tiny, tmp_path_factory):
    """A real Triton that serves it, and its process."""
    state = State(tmp_path_factory.mktemp("triton"))
    yield triton.serve_folder(state, tiny / "triton", "tiny"), processes.find(state, triton.PROCESS)
    triton.stop(state)


@pytest.fixture(scope="session")
def torchserve_server(tiny, tmp_path_factory):
    """A real TorchServe that serves it, and its process."""
    state = State(tmp_path_factory.mktemp("torchserve"))
    yield torchserve.serve_folder(state, tiny / "torchserve", "tiny"), processes.find(state, torchserve.PROCESS)
    torchserve.stop(state)


def load(file):
    spec = importlib.util.spec_from_file_location(f"generated_{file.parent.name.replace('-', '_')}", file)
    module = importlib.util.module_from_spec(spec)
    # Dataclasses look their own module up there.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def load_module():
    return load
