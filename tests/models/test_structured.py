"""Structured pruning takes whole channels, heads and hidden units out, and nothing that reaches the outputs."""

import pytest


@pytest.fixture(scope="module")
def found(inside):
    return inside("structured_prune.py")


def test_channels_of_convolutions_go_with_what_depends_on_them(found):
    assert found["pictures"]["shapes"] == {
        "1.weight": [4, 1, 3, 3],
        "2.weight": [4],
        "2.bias": [4],
        "5.weight": [8, 4, 3, 3],
        "6.weight": [8],
        "6.bias": [8],
        "10.weight": [16, 32],
        "10.bias": [16],
        "12.weight": [10, 16],
        "12.bias": [10],
    }
    assert found["pictures"]["notes"] == ["3,682 parameters before, 1,046 after structured pruning"]


def test_heads_and_hidden_units_of_a_transformer_go_and_its_hidden_size_stays(found):
    shapes = found["sentences"]["shapes"]
    for layer in ("bert.encoder.layer.0", "bert.encoder.layer.1"):
        assert all(shapes[f"{layer}.attention.self.{part}.weight"] == [16, 32] for part in ("query", "key", "value"))
        assert shapes[f"{layer}.attention.output.dense.weight"] == [32, 16]
        assert shapes[f"{layer}.intermediate.dense.weight"] == [32, 32]
        assert shapes[f"{layer}.output.dense.weight"] == [32, 32]
    assert shapes["bert.embeddings.word_embeddings.weight"] == [512, 32]
    assert shapes["classifier.weight"] == [9, 32]


def test_the_network_knows_how_many_heads_are_left(found):
    assert found["sentences"]["heads"] == [2, 2]
    assert found["sentences"]["notes"][1] == "2 of 4 attention heads left in each layer"


def test_one_head_is_always_left(found):
    assert found["sentences"]["least"] == [1, 1]


def test_a_pruned_transformer_is_fused_and_answers_as_in_torch(found):
    served = found["sentences"]["served"]
    assert served["attentions"] == [2, 2]
    assert served["difference"][0] < 1e-5
    assert served["difference"][1] < 0.05


def test_training_on_brings_the_answers_back(found):
    assert found["pictures"]["trained"] < found["pictures"]["bare"] / 2
    original, pruned = found["pictures"]["quality"]
    assert pruned > original - 0.1


def test_the_original_stays_as_it_was(found):
    assert found["pictures"]["untouched"]


def test_the_same_seed_gives_the_same_bits(found):
    assert found["pictures"]["again"]


def test_a_network_of_which_nothing_can_go_is_said(found):
    assert found["impossible"] == [
        "no channel, head or hidden unit can be pruned: all are tied to the outputs or an embedding table",
        "the network has no linear layer and no convolution",
    ]
