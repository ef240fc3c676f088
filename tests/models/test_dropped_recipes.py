"""What can't be compressed is dropped with the reason; what is the user's to mend is said in one line."""

import pytest


@pytest.fixture(scope="module")
def outcomes(inside, tmp_path_factory):
    return inside("compress_wrong.py", tmp_path_factory.mktemp("wrong"))


def test_an_operator_that_onnx_lacks_is_named_and_the_others_go_on(outcomes):
    assert outcomes["unknown"]["made"] == ["original", "program"]
    assert "bessel_j0" in outcomes["unknown"]["dropped"]["fp32"]


def test_the_line_of_the_users_file_is_named(outcomes):
    told = outcomes["deciding"]
    file, line, recipe = told["where"].rsplit(":", 2)
    assert (file, recipe) == (outcomes["here"], " recipe 'fp32'")
    assert int(line) > 0
    assert "data-dependent" in told["got"]


def test_blocks_of_few_bits_need_a_product_with_a_matrix(outcomes):
    assert outcomes["convolved"]["made"] == ["original", "fp32"]
    assert outcomes["convolved"]["dropped"] == {
        "weights-4": "no product with a constant matrix, the only operator that can be quantised block-wise",
        "ao": "no linear layer, and torchao quantises nothing else",
        "narrow": "no linear layer, and torchao quantises nothing else",
    }


def test_int8_needs_weights(outcomes):
    assert outcomes["weightless"]["dropped"] == {"int8": "no operator of the graph has weights that int8 could hold"}


def test_two_recipes_of_one_name_are_refused(outcomes):
    assert outcomes["twice"]["got"] == "'fp32' twice"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("file-first", "'onnx' before 'int8-dynamic', which works on a file"),
        ("network-last", "'distillation' before 'onnx', as it works on the network"),
        ("two-exports", "at most one"),
        ("half-exported", "'half' as the last step"),
    ],
)
def test_steps_in_an_order_that_makes_no_sense_are_refused(outcomes, case, expected):
    assert outcomes[case]["expected"] == expected
    assert outcomes[case]["where"].endswith("recipe 'order'")


def test_a_full_disk_is_no_reason_to_drop_a_recipe(outcomes):
    assert outcomes["full"]["got"].startswith("5 MB free in ")
    assert outcomes["full"]["todo"] == "Free disk space and run it again; finished stages are kept."


def test_two_of_four_weights_are_zero_and_stay_so_in_training(outcomes):
    made = outcomes["two-of-four"]
    assert made["nonzero"] == [2]
    assert made["narrow"] == 256  # of 256: its rows fit no sparse kernel
    assert made["parameters"] == ["1.bias", "1.weight", "3.bias", "3.weight"]
