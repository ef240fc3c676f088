"""What the files of an artefact could run."""

import pytest


@pytest.fixture(scope="module")
def found(inside, tmp_path_factory):
    return inside("verify_files.py", tmp_path_factory.mktemp("scan"))


@pytest.mark.parametrize("name", ["bad.pkl", "hidden.bin", "bad.pt2", "nested.pt2", "posing.onnx"])
def test_a_malicious_pickle_is_found_wherever_it_hides(found, name):
    assert found[name] == [["dangerous", "loading it runs posix.system"]]


@pytest.mark.parametrize("name", ["plain.pkl", "good.onnx", "good.safetensors", "facts.json", "raw.pt2", "beside.onnx"])
def test_data_is_harmless(found, name):
    assert found[name] == []


def test_an_import_that_nobody_knows_is_suspicious(found):
    assert found["odd.pkl"] == [
        ["suspicious", "loading it imports fractions.Fraction, which isn't known to be harmless"]
    ]


@pytest.mark.parametrize("name", ["lib.so", "setup.py"])
def test_programs_are_dangerous(found, name):
    assert found[name] == [["dangerous", "a program, which needs no pickle to run"]]


def test_an_operator_of_nobodys_is_suspicious(found):
    assert found["custom.onnx"] == [
        ["suspicious", "operator my.ops.Special needs a library that isn't in the artefact"]
    ]


def test_weights_outside_the_folder_are_dangerous(found):
    assert found["outside.onnx"] == [["dangerous", "weights are read from ../elsewhere.bin, outside the artefact"]]
