"""What a manifest says, and what it can't be made to say."""

import json

import jsonschema
import pytest

from aistacks_core import checksums
from aistacks_core.errors import UserError
from aistacks_models import manifest
from aistacks_models.manifest import Manifest
from aistacks_models.tensors import Tensor


def facts(**more):
    latency = manifest.Latency(p50_ms=0.2, p99_ms=0.4, rows_per_second=9000.0)
    measured = manifest.Interval(value=0.97, low=0.95, high=0.98)
    data = manifest.DataFacts(source="generated", licence="CC0-1.0", sha256="d" * 64)
    return {
        "name": "digits",
        "task": "image classification",
        "licence": "Apache-2.0",
        "verification": "e" * 64,
        "variant": manifest.Variant(name="int8", runtime="onnxruntime"),
        "inputs": (Tensor(name="pixels", datatype="FP32", shape=(64,)),),
        "outputs": (Tensor(name="label", datatype="INT64", shape=(1,)),),
        "max_batch_size": 64,
        "quality": manifest.Quality(metric="accuracy", rows=360, confidence=0.95, reference=measured, variant=measured),
        "latency": manifest.Measured(variant=latency, reference=latency),
        "size": manifest.Sizes(variant=100, reference=400),
        "gates": (
            manifest.GateVerdict(name="quality_loss", verdict="pass", got=0.005, bound=0.01),
            manifest.GateVerdict(name="p99_ms", verdict="off"),
        ),
        "lineage": manifest.Lineage(code="c" * 64, model_file="f" * 64, data=data, seed=7, recipe={"name": "int8"}),
        **more,
    }


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "triton").mkdir()
    (tmp_path / "triton" / "model.onnx").write_bytes(bytes(range(256)))
    (tmp_path / "VERIFIED").write_text("e" * 64 + "\n")
    return tmp_path


def test_it_names_every_file_but_itself_and_the_sums(folder):
    made = Manifest.of(folder, **facts())
    made.write(folder)
    checksums.write(folder)
    (folder / "SHA256SUMS.sig").write_text("later")
    again = Manifest.of(folder, **facts())
    assert again == made
    assert {name: each.bytes for name, each in made.files.items()} == {"VERIFIED": 65, "triton/model.onnx": 256}
    assert made.files["triton/model.onnx"].sha256 == checksums.sha256(bytes(range(256)))


def test_it_reads_back_and_has_the_same_bytes_again(folder):
    made = Manifest.of(folder, **facts())
    made.write(folder)
    assert Manifest.read(folder) == made
    assert made.to_bytes() == Manifest.parse(made.to_bytes(), "here").to_bytes()
    assert json.loads(made.to_bytes())["schema"] == 2


@pytest.mark.parametrize(
    ("verdicts", "verified"),
    [(["pass"], True), (["pass", "off"], True), (["off"], False), (["pass", "fail"], False)],
)
def test_verified_follows_from_the_gates(folder, verdicts, verified):
    gates = tuple(manifest.GateVerdict(name=f"gate{i}", verdict=verdict) for i, verdict in enumerate(verdicts))
    assert Manifest.of(folder, **facts(gates=gates)).verified is verified


def table(folder, **more):
    return {**json.loads(Manifest.of(folder, **facts()).to_bytes()), **more}


def test_verified_cannot_be_claimed(folder):
    claimed = table(folder, gates=[{"name": "quality_loss", "verdict": "fail", "got": 0.1, "bound": 0.01}])
    with pytest.raises(UserError, match=r"^here: got an invalid value; expected verified although quality_loss"):
        Manifest.parse(json.dumps(claimed).encode(), "here")


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"schema": 1}, "here: schema: got 1; expected 2. It wasn't verified"),
        ({"schema": 3}, "here: schema: got 3; expected 2"),
        ({"name": "../up"}, r"here: name: got '\.\./up'; expected"),
        ({"more": 1}, "here: more: got an invalid value; expected no such field"),
        ({"max_batch_size": 0}, "here: max_batch_size: got 0; expected greater than or equal to 1"),
        ({"quality": {}}, r"here: quality\.metric: got nothing; expected a value"),
        ({"inputs": []}, r"here: inputs: got \[\]"),
    ],
)
def test_what_does_not_fit_is_one_line_with_its_path(folder, more, line):
    with pytest.raises(UserError, match=line) as refused:
        Manifest.parse(json.dumps(table(folder, **more)).encode(), "here")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff"])
def test_other_text_is_one_line(text):
    with pytest.raises(UserError, match=r"^here"):
        Manifest.parse(text, "here")


def test_a_package_without_one_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"manifest\.json: got no such file"):
        Manifest.read(tmp_path)


def test_the_committed_schema_is_the_codes():
    assert json.loads(manifest.SCHEMA.read_text()) == json.loads(json.dumps(Manifest.json_schema()))


def test_readers_in_other_languages_can_check_by_the_schema(folder):
    schema = json.loads(manifest.SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(table(folder))
    for wrong in ({"schema": 1}, {"more": 1}, {"verified": "yes"}, {"gates": []}):
        assert not validator.is_valid(table(folder, **wrong)), wrong
    without = table(folder)
    del without["schema"]
    assert not validator.is_valid(without)
