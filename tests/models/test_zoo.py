"""The bundled models: what they declare, and that each learns at a tiny size. BERT has its own tests."""

import sys

import pytest

from aistacks_models.model_files import load, locate, names
from aistacks_models.steps import Export

OURS = ("cifar-resnet", "digits", "embedder", "recommender")


@pytest.fixture(scope="module")
def tried(inside):
    return inside("zoo_train.py")


@pytest.mark.parametrize("name", names())
def test_what_a_model_declares_is_read_without_torch(name):
    model = load(locate(name)).model
    assert model.name.replace("-", "_") == name
    assert model.inputs
    assert model.outputs
    assert model.metric.name
    assert model.default_size()
    assert not {"torch", "numpy", "sklearn", "transformers"} & set(sys.modules)


@pytest.mark.parametrize("name", names())
def test_every_model_has_a_variant_for_the_server_and_smaller_ones(name):
    recipes = load(locate(name)).model.recipes
    assert len({recipe.name for recipe in recipes}) == len(recipes) >= 5
    assert any(isinstance(step, Export) for recipe in recipes for step in recipe.steps)


def test_digits_keep_the_contract_of_the_sandbox():
    digits = load(locate("digits")).model
    assert [(t.name, t.datatype, t.shape) for t in (*digits.inputs, *digits.outputs)] == [
        ("pixels", "FP32", (64,)),
        ("label", "INT64", (1,)),
        ("probabilities", "FP32", (10,)),
    ]
    assert (digits.inputs[0].low, digits.inputs[0].high) == (0, 16)


@pytest.mark.parametrize(
    ("name", "least"), [("digits", 0.9), ("cifar-resnet", 0.2), ("recommender", 0.6), ("embedder", 0.3)]
)
def test_it_learns_what_its_untrained_self_does_not_know(tried, name, least):
    assert tried[name]["trained"] > least
    assert tried[name]["trained"] > tried[name]["untrained"] + 0.08


@pytest.mark.parametrize("name", OURS)
def test_its_rows_are_the_same_at_every_call(tried, name):
    assert tried[name]["same rows"]


@pytest.mark.parametrize("name", OURS)
def test_every_row_has_an_answer_whatever_the_batch(tried, name):
    assert tried[name]["answers"]
    assert tried[name]["batches"]


@pytest.mark.parametrize("name", OURS)
def test_what_it_serves_is_in_the_declared_range(tried, name):
    model = load(locate(name)).model
    for tensor in model.outputs:
        low, high = tried[name]["ranges"][tensor.name]
        assert tensor.low <= low <= high <= tensor.high


@pytest.mark.parametrize("name", OURS)
def test_distillation_has_something_to_lessen(tried, name):
    itself, other = tried[name]["distance"]
    assert other > itself


@pytest.mark.parametrize("name", ["digits", "cifar-resnet", "embedder"])
def test_no_row_that_is_judged_was_trained_on(tried, name):
    assert tried[name]["apart"]


def test_a_recommender_is_judged_by_segment(tried):
    assert set(tried["recommender"]["per class"]) == {"occasional users", "regular users"}


def test_cifar_10_is_read_from_its_binary_version(tried):
    found = tried["folder"]
    assert found["rows"] == [6, 4, 2]
    assert found["held out"] == [5, 5]
    assert found["first"] == 1.0
    assert found["classes"][:2] == ["airplane", "automobile"]
    assert found["source"].startswith("CIFAR-10")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("short", "FOLDER/test_batch.bin: got 3000 bytes; expected a multiple of 3073"),
        ("class", "FOLDER/test_batch.bin, row 0: got class 11; expected 0 to 9"),
        (
            "missing",
            "FOLDER/test_batch.bin: got No such file or directory; expected a file of CIFAR-10's binary version",
        ),
    ],
)
def test_a_damaged_cifar_folder_is_told(tried, fault, said):
    assert tried["folder"][fault].startswith(said)


@pytest.mark.parametrize(
    ("architecture", "millions"),
    [("resnet-8", 0.08), ("resnet-20", 0.27), ("resnet-56", 0.86), ("resnet-18", 11.17), ("resnet-50", 23.52)],
)
def test_residual_networks_have_the_sizes_of_their_names(tried, architecture, millions):
    assert tried["architectures"][architecture] == millions
    assert tried["architectures"][f"{architecture} gives"] == [2, 10]


def test_images_are_mirrored_and_moved_in_training_only(tried):
    assert tried["architectures"]["training"] == [[4, 3, 32, 32], False]
    assert tried["architectures"]["serving"]


def test_an_embedder_starts_from_a_local_folder(tried):
    found = tried["pretrained"]
    assert found["same"]
    assert found["width"] == [16]
    assert found["high"] == 59
    assert found["ids"] == [[2, 5, 7, 8, 3, 0, 0, 0]]


def test_a_folder_without_safetensors_is_told(tried):
    assert tried["pretrained"]["missing"].startswith("EmbedderSize.pretrained: got 'FOLDER': ")


def test_words_have_ids_whatever_their_case_and_padding_has_none(tried):
    one, empty, again = tried["texts"]["input_ids"]
    assert one[:2] == again[:2]
    assert one[3] == 0
    assert empty == [0] * 4
    assert tried["texts"]["attention_mask"] == [[1, 1, 1, 0], [0] * 4, [1, 1, 0, 0]]
