"""The package stage: what it writes, when it refuses, and that it is the same whenever it is made."""

import json
from pathlib import Path

import pytest

from aistacks_core import checksums


@pytest.fixture(scope="module")
def made(inside, tmp_path_factory):
    return inside("package_stage.py", tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="module")
def folder(made):
    return Path(made["folder"])


def test_package_is_whole_and_has_the_agreed_files(folder):
    assert checksums.complete(folder)
    names = set(checksums.files_of(folder))
    assert names >= {
        ".dockerignore",
        "VERIFIED",
        "api/client.py",
        "api/openapi.json",
        "docker/requirements.txt",
        "docker/torchserve.Dockerfile",
        "docker/triton.Dockerfile",
        "manifest.json",
        "report/report.html",
        "report/report.json",
        "report/report.md",
        "samples.json",
        "torchserve/config.properties",
        "torchserve/tiny.mar",
        "triton/tiny/1/model.onnx",
        "triton/tiny/1/model.py",
        "triton/tiny/config.pbtxt",
        "triton/tiny/configs/python.pbtxt",
        "triton/tiny/labels.txt",
    }
    assert {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()} == {0o644}


def test_verified_names_the_verification_by_its_digest(made, folder):
    proof = checksums.sha256((Path(made["verified"]) / "verification.json").read_bytes())
    assert (folder / "VERIFIED").read_text() == f"{proof}\n"
    assert made["manifest"]["verification"] == proof
    # The same document is in the package, for whoever holds only that.
    assert checksums.sha256((folder / "report" / "report.json").read_bytes()) == proof


def test_manifest_says_what_is_served_and_where_it_comes_from(made, folder):
    manifest = made["manifest"]
    assert manifest["verified"]
    assert manifest["variant"]["name"] == "original"
    assert manifest["quality"]["variant"]["value"] == 1
    assert manifest["latency"]["variant"]["p50_ms"] > 0
    assert manifest["lineage"]["data"]["licence"] == "CC0-1.0"
    assert manifest["lineage"]["data"]["rows"] == {"train": 400, "validation": 400, "held_out": 400}
    assert set(manifest["lineage"]["stages"]) == {"compress", "verify"}
    assert {gate["verdict"] for gate in manifest["gates"]} == {"pass", "off"}
    assert set(manifest["files"]) == set(checksums.files_of(folder)) - {"manifest.json"}


def test_samples_are_rows_with_the_chosen_variants_answers(folder):
    kept = json.loads((folder / "samples.json").read_text())
    assert len(kept["targets"]) == 360
    assert [label for (label,) in kept["outputs"]["label"]] == kept["targets"]
    assert {len(rows) for part in ("inputs", "outputs") for rows in kept[part].values()} == {360}


def test_serving_of_the_model_is_in_both_servers_configuration(folder):
    assert "max_queue_delay_microseconds: 2000" in (folder / "triton" / "tiny" / "config.pbtxt").read_text()
    assert b"maxBatchDelay: 2" in (folder / "torchserve" / "tiny.mar").read_bytes()


def test_packaging_again_gives_the_same_bytes_and_the_second_time_nothing(made):
    assert made["same"]
    assert made["cached"]


def test_nothing_is_packaged_unless_a_variant_passed(made):
    assert made["refused"].startswith("tiny: gates: got ")
    assert "expected a variant for ONNX Runtime that passes every gate. Read " in made["refused"]
    assert "\n" not in made["refused"]
    assert made["nothing"]
