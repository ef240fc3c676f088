"""Ensembles: checked before they are written, and answered by a real Triton."""

import json
import math
import urllib.request

import pytest

from aistacks_sandbox.model_servers import triton
from aistacks_sandbox.state import State

PIXELS = {"name": "pixels", "shape": [2, 4], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6, 7, 8]}
WORD = {"name": "word", "shape": [2, 1], "datatype": "INT64", "data": [[0], [1]]}


@pytest.fixture(scope="module")
def made(inside, tmp_path_factory):
    root = tmp_path_factory.mktemp("ensembles")
    return root, inside("package_ensembles.py", root)["refused"]


@pytest.fixture(scope="module")
def ask(made, tmp_path_factory):
    state = State(tmp_path_factory.mktemp("triton"))
    endpoint = triton.serve_folder(state, made[0] / "repository", "voters")

    def infer(model, *inputs):
        body = json.dumps({"inputs": inputs}).encode()
        with urllib.request.urlopen(f"{endpoint.http}/v2/models/{model}/infer", body, timeout=30) as answer:
            return {output["name"]: output["data"] for output in json.load(answer)["outputs"]}

    yield infer
    triton.stop(state)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("type", "ensemble chain, step 1 (scale), input raw: got raw of type INT8; expected UINT8"),
        ("shape", "ensemble chain, step 1 (scale), input raw: got raw of shape [5]; expected [4], without the batch"),
        ("output", "ensemble chain: got no step that makes sure; expected one of"),
        ("input missing", "ensemble chain, step 2 (tiny): got inputs ['pixels']; expected ['pixels', 'word']."),
        ("tensor missing", "ensemble chain, step 2 (names): got number, which nothing makes; expected one of"),
        ("member missing", "ensemble chain, step 3 (names): got no member names; expected one of ['scale', 'tiny']"),
        ("twice", "ensemble chain, step 2 (scale): got scaled made a second time;"),
        ("circle", "ensemble chain, step 1 (scale): got number in a cycle; expected an acyclic graph"),
        ("unused", "ensemble chain: got s, which nothing uses;"),
        ("name twice", "ensemble chain: got tiny twice; expected names that differ. Give a packaged member a name."),
        ("idle", "ensemble chain: got other, which no step runs or no member is;"),
        (
            "voters",
            "ensemble voters, member other: got inputs pixels FP32 [8]; expected pixels FP32 [4], word INT64 [1]",
        ),
        ("no package", "manifest.json: got "),
    ],
)
def test_what_does_not_fit_together_is_told_and_not_written(made, wrong, told):
    refused = made[1]
    assert told in refused[wrong]
    assert not refused["written"]


def test_members_of_both_servers_kinds_are_in_the_repository(made):
    repository = made[0] / "repository"
    assert 'backend: "onnxruntime"' in (repository / "tiny-a" / "config.pbtxt").read_text()
    assert 'backend: "python"' in (repository / "tiny-a" / "configs" / "python.pbtxt").read_text()
    assert 'name: "tiny-a"' in (repository / "tiny-a" / "config.pbtxt").read_text()
    assert 'platform: "ensemble"' in (repository / "voters" / "config.pbtxt").read_text()
    assert [path.name for path in (repository / "voters" / "1").iterdir()] == ["README"]


def test_voters_give_the_mean_of_their_members(ask):
    first, second, both = (ask(model, PIXELS, WORD) for model in ("tiny-a", "tiny-b", "voters"))
    mean = [(one + two) / 2 for one, two in zip(first["scores"], second["scores"], strict=True)]
    assert all(math.isclose(got, want, rel_tol=1e-5) for got, want in zip(both["scores"], mean, strict=True))
    assert both["label"] == [max(range(3), key=mean[:3].__getitem__), max(range(3), key=mean[3:].__getitem__)]
    assert first["scores"] != second["scores"]


def test_pre_and_post_processing_stand_around_a_model(ask):
    raw = [51, 102, 153, 204, 255, 0, 255, 0]
    pixels = PIXELS | {"data": [value / 255 for value in raw]}
    labels = ask("tiny", pixels, WORD)["label"]
    named = ask("chain", {"name": "raw", "shape": [2, 4], "datatype": "UINT8", "data": raw}, WORD)
    assert named == {"name": [("cat", "dog", "owl")[label] for label in labels]}


def test_a_detectors_crops_reach_a_classifier(ask):
    picture = [float(value) for value in range(16)]
    found = ask("crops", {"name": "picture", "shape": [2, 8], "datatype": "FP32", "data": picture})["labels"]
    words = WORD | {"shape": [4, 1], "data": [[0], [1], [0], [1]]}
    assert found == ask("classifier", PIXELS | {"shape": [4, 4], "data": picture}, words)["label"]
