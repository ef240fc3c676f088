"""A variant's process: what ends it is told, and what it says is heard only then."""

import pytest


@pytest.fixture(scope="module")
def found(inside, tmp_path_factory):
    # That the answer can be read at all shows that a runtime's own words don't get into it.
    return inside("verify_worker.py", tmp_path_factory.mktemp("worker"))


def test_one_that_does_not_answer_is_ended(found):
    assert found["hung"] == "no answer within 0.5 s"


def test_one_that_dies_says_by_what_and_its_last_words(found):
    assert found["died"] == "killed by SIGABRT, last heard 'out of luck'"
    assert found["still"].startswith("killed by SIGABRT")


def test_an_error_of_the_runner_is_told_with_its_kind(found):
    assert found["refused"] == "ValueError: inputs are []"


def test_batches_come_together_again(found):
    assert found["rows"] == 10


def test_a_model_outside_every_package_is_known_there_too(found):
    assert found["own"] == 2
