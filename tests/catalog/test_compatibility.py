"""The compatibility table: its form, and what is read out of it."""

import csv
import datetime as dt
import json
import runpy
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from aistacks._kubernetes import node_image
from aistacks.inference_service.server import facts as serving
from aistacks.monitoring.facts import monitoring_facts
from aistacks_catalog import compatibility as table
from aistacks_catalog.aws import facts

ROOT = Path(__file__).parents[2]
FOLDER = resources.files("aistacks_catalog.compatibility")
SCHEMA = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))


def whole():
    """The table as JSON has it."""
    lines = [line for line in (FOLDER / "triton.csv").read_text().splitlines() if not line.startswith("#")]
    parts = {"kubernetes": table.kubernetes(), "gpus": table.gpus(), "fabric": table.fabric()}
    text = json.dumps({key: dict(each) for key, each in parts.items()}, default=dt.date.isoformat)
    return {**json.loads(text), "triton": list(csv.DictReader(lines))}


def test_the_table_has_the_form_that_its_schema_says():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(whole(), SCHEMA)


@pytest.mark.parametrize(
    ("part", "path", "value"),
    [
        ("kubernetes", ("karpenter", "releases", "1.14", "to"), "newest"),
        ("kubernetes", ("gpu_images", "al2023", "kubernetes", "1.35", "driver"), None),
        ("gpus", ("capabilities", "9.0", "first"), 11.8),
        ("gpus", ("source",), ""),
        ("fabric", ("plugins", "1.21.1", "tried_nccl"), []),
    ],
)
def test_another_form_would_be_found(part, path, value):
    wrong = whole()
    place = wrong[part]
    for key in path[:-1]:
        place = place[key]
    assert path[-1] in place
    place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_what_is_pinned_is_in_the_table():
    assert table.karpenter_range(node_image.karpenter()["version"]) is not None
    assert table.cuda_of(serving()["triton"]["image"]) == "13.3"
    pinned = {name: each["version"] for name, each in monitoring_facts("charts")["charts"].items()}
    assert {n: each["version"] for n, each in table.kubernetes()["charts"]["releases"].items()} == pinned


@pytest.mark.parametrize("version", facts.eks_versions())
def test_what_is_pinned_works_with_every_kubernetes_that_is_supported(version):
    assert table.eks_range().place(version) == 0
    assert table.karpenter_range(node_image.karpenter()["version"]).place(version) == 0
    assert [c for c in monitoring_facts("charts")["charts"] if table.chart_range(c).place(version)] == []
    assert table.system_ami(version).startswith(f"{version}.")
    needed = table.oldest_driver(table.cuda_of(serving()["triton"]["image"]))
    assert table.number(table.node_driver(version)) >= table.number(needed)


def test_every_gpu_of_the_catalogue_has_a_capability_whose_cuda_is_known():
    gpus = {s.accelerator for s in facts.instances().values() if s.accelerator_kind == "gpu"}
    assert gpus == set(table.gpus()["gpus"])
    assert [gpu for gpu in gpus if table.cuda_range(table.capability(gpu)) is None] == []


@pytest.mark.parametrize(
    ("works", "version", "place", "nearest"),
    [
        (table.Range("1.9", "1.34"), "1.10", 0, "1.34"),
        (table.Range("1.9", "1.34"), "1.8", -1, "1.9"),
        (table.Range("1.9", "1.34"), "1.35", 1, "1.34"),
        (table.Range("12.8", None), "13.3", 0, "13.3"),
        (table.Range(None, None), "1.1", 0, "1.1"),
    ],
)
def test_versions_compare_by_their_numbers(works, version, place, nearest):
    assert works.place(version) == place
    if place:
        assert works.nearest(version) == nearest


@pytest.mark.parametrize(
    ("image", "cuda"),
    [
        ("nvcr.io/nvidia/tritonserver:26.07-py3", "13.3"),
        ("mirror.example.com/up/nvcr.io/nvidia/tritonserver:25.07-vllm-python-py3", "12.9"),
        ("nvcr.io/nvidia/tritonserver:26.07-trtllm-python-py3", "13.1"),
        ("nvcr.io/nvidia/tritonserver:26.08-trtllm-python-py3", None),
        (f"nvcr.io/nvidia/tritonserver:24.12-py3@sha256:{'0' * 64}", "12.6"),
        ("nvcr.io/nvidia/tritonserver:31.01-py3", None),
        ("example.com/tritonserver-of-ours:26.07-py3", None),
        (f"nvcr.io/nvidia/tritonserver@sha256:{'0' * 64}", None),
    ],
)
def test_the_cuda_of_an_image(image, cuda):
    assert table.cuda_of(image) == cuda


@pytest.mark.parametrize(
    ("gpus", "image", "nearest"),
    [
        (["V100"], "tritonserver:26.07-py3", "25.07"),
        (["B200"], "tritonserver:24.04-py3", "25.01"),
        (["B300", "L4"], "tritonserver:24.04-py3", "25.04"),
        (["V100", "B200"], "tritonserver:26.07-trtllm-python-py3", "25.10"),
        (["L4"], "example.com/own:1", None),
    ],
)
def test_the_nearest_release_of_triton_for_gpus(gpus, image, nearest):
    assert table.nearest_triton([table.cuda_range(table.capability(gpu)) for gpu in gpus], image) == nearest


def test_what_isnt_in_the_table_is_unknown():
    assert table.karpenter_range("2.0.0") is None
    assert table.chart_range("some-chart") is None
    assert table.node_driver("1.33") is None
    assert table.node_driver("1.33", "al2023") == "580.159.03"
    assert table.capability("RTX 9090") is None
    assert table.cuda_range("99.0") is None
    assert table.driver_of_gpu("V100") is None
    assert table.oldest_driver("99.1") is None
    assert dict(table.images_for("z9")) == {}
    assert table.kubernetes_with_driver("999") is None


def test_the_page_is_what_the_table_says():
    script = runpy.run_path(str(ROOT / "tools" / "compatibility.py"))
    assert script["PAGE"].read_text(encoding="utf-8") == script["page"](), "run python tools/compatibility.py"
