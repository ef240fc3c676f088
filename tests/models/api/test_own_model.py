"""The example of a model of one's own, from its file to an answer through the client that it got."""

import json
from pathlib import Path

import jsonschema
import pytest

from aistacks_models.manifest import Manifest
from aistacks_models.workflows import pipeline_runner
from aistacks_sandbox.model_servers import triton
from aistacks_sandbox.state import State

EXAMPLE = Path(__file__).parents[3] / "examples" / "models" / "tumour.py"


@pytest.fixture(scope="module")
def package():
    return pipeline_runner.build(str(EXAMPLE)).package


def test_the_page_shows_this_very_file():
    page = EXAMPLE.parents[2] / "docs" / "models" / "README.md"
    assert f"```python\n{EXAMPLE.read_text()}```\n" in page.read_text()


def test_it_is_built_and_passes_its_gates(package):
    manifest = Manifest.model_validate_json((package / "manifest.json").read_bytes())
    assert manifest.verified
    assert manifest.quality.variant.value > 0.93
    assert {gate.verdict for gate in manifest.gates} <= {"pass", "off"}
    assert manifest.classes == ("malignant", "benign")


def test_the_package_has_what_the_page_says(package):
    kept = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    assert {
        "SHA256SUMS",
        "VERIFIED",
        "manifest.json",
        "samples.json",
        "api/client.py",
        "api/openapi.json",
        "docker/torchserve.Dockerfile",
        "docker/triton.Dockerfile",
        "report/report.html",
        "report/report.json",
        "report/report.md",
        "torchserve/config.properties",
        "torchserve/tumour.mar",
        "triton/tumour/1/model.onnx",
        "triton/tumour/1/model.py",
        "triton/tumour/config.pbtxt",
        "triton/tumour/configs/python.pbtxt",
    } <= kept


def test_its_client_asks_a_real_triton(package, load_module, tmp_path):
    samples = json.loads((package / "samples.json").read_text())
    document = json.loads((package / "api" / "openapi.json").read_text())
    module = load_module(package / "api" / "client.py")
    state = State(tmp_path)
    try:
        endpoint = triton.serve_folder(state, package / "triton", "tumour")
        with module.TumourClient(endpoint.http) as client:
            rows = samples["inputs"]["measurements"][:64]
            got = client.infer(measurements=rows)
            with pytest.raises(module.InvalidInput, match="from 0 to 10000"):
                client.infer(measurements=[[-1.0] * 30])
    finally:
        triton.stop(state)
    assert got.label == samples["outputs"]["label"][:64]
    right = [label == target for (label,), target in zip(got.label, samples["targets"], strict=False)]
    assert sum(right) / len(right) > 0.9
    schema = {"$ref": "#/components/schemas/InferenceRequest", "components": document["components"]}
    sent = {"name": "measurements", "datatype": "FP32", "shape": [64, 30], "data": rows}
    jsonschema.Draft202012Validator(schema).validate({"inputs": [sent]})
