"""The train stage: what it leaves, what it refuses, and that a cut can't be seen afterwards."""

import re

import pytest

ROWS = "blobs.data().held_out"


@pytest.fixture(scope="module")
def stage(inside, tmp_path_factory):
    return inside("train_stage.py", tmp_path_factory.mktemp("work"), "whole")


@pytest.fixture(scope="module")
def whole(stage):
    return stage["whole"]


@pytest.fixture(scope="module")
def faults(stage):
    return stage["faults"]


@pytest.fixture(scope="module")
def resumed(inside, tmp_path_factory):
    """In a process of its own: a run that Ctrl-C ends in its third epoch (step 15 of 24), and the run after it."""
    return inside("train_stage.py", tmp_path_factory.mktemp("work"), "resumed", env={"INTERRUPT_AT": "15"})


def test_it_leaves_weights_and_facts_and_nothing_with_a_time_in_it(whole):
    assert whole["files"] == ["SHA256SUMS", "inputs.json", "train.json", "weights.safetensors"]


def test_its_facts_tell_how_it_was_trained(whole):
    facts = whole["facts"]
    assert facts["epochs"] == 4
    assert [epoch["epoch"] for epoch in facts["history"]] == [1, 2, 3, 4]
    assert facts["history"][-1]["quality"] == facts["validation"]
    assert facts["rows"] == {"train": 96, "validation": 48, "held_out": 48}
    assert facts["data"] == {"source": "blobs", "licence": "Apache-2.0", "sha256": whole["data"]}
    assert facts["parameters"] == 4 * 8 + 8 + 2 * 8 + 8 * 3 + 3


def test_it_learns(whole):
    assert whole["facts"]["held_out"] > 0.6
    assert whole["facts"]["history"][-1]["loss"] < whole["facts"]["history"][0]["loss"]


def test_tensorboard_files_lie_beside_the_stages(whole):
    (name,) = whole["events"]
    assert name.startswith("events.out.tfevents.")


def test_it_is_done_once_for_the_same_inputs(whole):
    assert whole["again"] is True
    assert whole["shorter"] is False


def test_what_it_loads_is_served_with_its_head(whole):
    assert whole["served"] == [[48, 1], [48, 3]]


def test_weights_that_are_cut_off_are_refused(whole):
    assert re.match(r"WORK/cut/weights\.safetensors: got .*; expected the weights of blobs", whole["changed"])


def test_ctrl_c_leaves_nothing_that_looks_done(resumed):
    assert resumed["cut"]["interrupted"]
    assert [
        name for name in resumed["cut"]["folders"] if name.startswith("train-") and not name.endswith(".part")
    ] == []


def test_a_resumed_run_is_the_uninterrupted_one_byte_by_byte(whole, resumed):
    assert resumed["after"]["digest"] == whole["digest"]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("empty", f"{ROWS}: got no rows; expected at least one"),
        ("name", f"{ROWS}.inputs: got plaice; expected place"),
        ("type", f"{ROWS}.inputs['place']: got type float64; expected float32 (FP32)"),
        ("shape", f"{ROWS}.inputs['place']: got shape [48, 3]; expected [48, 4]"),
        ("rows", f"{ROWS}.inputs['place']: got shape [48, 4]; expected [40, 4]"),
        ("nan", f"{ROWS}.inputs['place'], row 7: got nan; expected -20 to 20"),
        ("high", f"{ROWS}.inputs['place'], row 7: got 21.0; expected -20 to 20"),
        ("text", f"{ROWS}.targets: got type <U21; expected numbers"),
        ("split", f"{ROWS}: got tuple; expected aistacks_models.Split"),
        ("bytes", "blobs.inputs['place']: got BYTES; expected numbers, which torch can take"),
        ("output", "blobs.head(): output 'label': got shape [2]; expected [2, 1]"),
    ],
)
def test_rows_that_are_not_as_declared_are_refused(faults, fault, said):
    assert faults[fault] == said


def test_a_class_that_has_no_name_is_refused(faults):
    assert re.fullmatch(re.escape(ROWS) + r"\.targets, row \d+: got 3; expected 0 to 2", faults["class"])


def test_a_loss_that_is_no_number_is_refused(faults):
    assert "got a loss of nan" in faults["loss"]


def test_no_room_is_one_line_and_resumable(faults):
    assert re.match(
        r"WORK/room/blobs/train-\w+\.part: got .*File too large.*; expected free disk space", faults["room"]
    )
