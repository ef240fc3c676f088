"""The TorchServe archive and its configuration, which the pod's must fit."""

import json
import zipfile

import pytest
import yaml

from aistacks.inference_service import torchserve as _inference_torchserve


@pytest.fixture(scope="module")
def folder(inside, tmp_path_factory):
    root = tmp_path_factory.mktemp("tiny") / "package"
    inside("package_tiny.py", root)
    return root / "torchserve"


@pytest.fixture(scope="module")
def archive(folder):
    with zipfile.ZipFile(folder / "tiny.mar") as opened:
        yield opened


def properties(text):
    return dict(line.split("=", 1) for line in text.splitlines() if line)


def test_archive_has_the_handler_the_onnx_file_and_no_times(archive):
    assert archive.namelist() == [
        "MAR-INF/MANIFEST.json",
        "model-config.yaml",
        "model.onnx",
        "torchserve_handler.py",
    ]
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    manifest = json.loads(archive.read("MAR-INF/MANIFEST.json"))
    assert manifest["model"] == {
        "modelName": "tiny",
        "handler": "torchserve_handler.py",
        "modelVersion": "1",
        "configFile": "model-config.yaml",
    }


def test_front_end_and_handler_are_told_the_models_batch(archive):
    config = yaml.safe_load(archive.read("model-config.yaml"))
    assert (config["batchSize"], config["minWorkers"], config["maxWorkers"]) == (8, 1, 1)
    assert config["handler"]["max_batch_size"] == 8
    assert [tensor["name"] for tensor in config["handler"]["inputs"]] == ["pixels", "word"]


def test_management_stays_on_loopback_and_loads_nothing(folder):
    found = properties((folder / "config.properties").read_text())
    assert found["management_address"] == "http://127.0.0.1:8081"
    assert found["grpc_management_address"] == "127.0.0.1"
    assert found["allowed_urls"] == ""
    assert found["install_py_dep_per_model"] == "false"


def test_the_pods_configuration_is_the_packages_but_for_what_the_pod_names_itself(folder):
    package = properties((folder / "config.properties").read_text())
    server = _inference_torchserve.server("", "tiny")
    pod = properties(server.config["config.properties"])
    assert set(pod) - set(package) == set()
    assert {key: package[key] for key in pod} == pod
    # The command line has the rest.
    assert set(package) - set(pod) == {"model_store", "load_models", "disable_token_authorization"}
    assert "--models=tiny=tiny.mar" in server.command
