"""A student trained towards its teacher answers more like it."""

import pytest


@pytest.fixture(scope="module")
def found(inside):
    return inside("structured_distil.py")


def test_a_student_comes_nearer_to_its_teacher(found):
    assert found["after"] < found["before"]


def test_several_outputs_are_learned_the_same_way(found):
    assert found["same way"]


def test_neither_the_given_network_nor_the_teacher_changes(found):
    assert found["untouched"] == [True, True]


def test_a_model_that_came_as_a_file_has_no_teacher(found):
    assert found["from a file"] == "the model was imported as a file, so there is no network to train"
