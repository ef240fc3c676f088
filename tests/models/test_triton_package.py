"""A model's Triton repository: for the full image and for a server with the Python backend only."""

import pytest


@pytest.fixture(scope="module")
def packages(inside, tmp_path_factory):
    """The same tiny model packaged twice, in two processes."""
    root = tmp_path_factory.mktemp("tiny")
    return [(root / word, inside("package_tiny.py", root / word)["digest"]) for word in ("one", "two")]


def test_repository_has_both_configurations_and_the_file_once(packages):
    home = packages[0][0] / "triton" / "tiny"
    assert sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()) == [
        "1/model.onnx",
        "1/model.py",
        "config.pbtxt",
        "configs/python.pbtxt",
        "labels.txt",
    ]
    assert 'backend: "onnxruntime"' in (home / "config.pbtxt").read_text()
    assert 'backend: "python"' in (home / "configs" / "python.pbtxt").read_text()


def test_classes_name_the_output_that_has_a_number_for_each(packages):
    home = packages[0][0] / "triton" / "tiny"
    assert (home / "labels.txt").read_text() == "cat\ndog\nowl\n"
    scores = (home / "config.pbtxt").read_text().partition('name: "scores"')[2]
    assert scores.index("labels.txt") < scores.index("}")


def test_packaging_again_gives_the_same_bytes(packages):
    (_, one), (_, two) = packages
    assert one == two
