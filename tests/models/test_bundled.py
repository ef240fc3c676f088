"""The bundled package: whole, small, what the environments name, and what the pipeline still makes."""

import re
import shutil
from pathlib import Path

import pytest

from aistacks_core.errors import UserError
from aistacks_models import bundled
from aistacks_models.manifest import Manifest
from aistacks_models.workflows import pipeline_runner

ROOT = Path(__file__).parents[2]
NAME = "digits"


def judged(manifest):
    """Gate → its bound and verdict; what was measured differs from machine to machine."""
    return {gate.name: (gate.bound, gate.verdict) for gate in manifest.gates}


def test_it_is_verified_and_small():
    package = bundled.package(NAME)
    assert Manifest.read(package.folder).verified
    assert sum(size for size, _ in package.seen.values()) < 1_500_000
    assert {"report/report.html", "report/report.md", "samples.json"} <= set(package.sums)


@pytest.mark.parametrize("path", sorted((ROOT / "stacks").glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_each_environment_names_its_digest(path):
    assert re.findall(r"digest: sha256:(\w+)", path.read_text()) == [bundled.package(NAME).digest]


def test_an_altered_byte_is_refused(tmp_path, monkeypatch):
    copy = tmp_path / NAME
    shutil.copytree(bundled.folder(NAME), copy)
    (copy / "triton" / NAME / "labels.txt").write_text("altered\n")
    monkeypatch.setattr(bundled, "folder", lambda _: copy)
    with pytest.raises(UserError, match=r"labels\.txt: got sha256 .* It was altered"):
        bundled.package(NAME)


def test_a_model_of_which_none_comes_along_is_one_line():
    with pytest.raises(UserError, match=r"^model_images/packages/nothing: got no such folder"):
        bundled.folder("nothing")


def test_the_pipeline_makes_one_that_passes_the_same_gates(models_python):
    kept, made = Manifest.read(bundled.folder(NAME)), Manifest.read(pipeline_runner.build(NAME).package)
    assert made.verified
    assert judged(made) == judged(kept)
    assert (made.inputs, made.outputs, made.classes) == (kept.inputs, kept.outputs, kept.classes)
