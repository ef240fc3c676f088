"""Measures of quality on answers that are plain to see."""

import pytest


@pytest.fixture(scope="module")
def measured(inside):
    return inside("train_metrics.py")


def test_accuracy_is_the_share_that_is_right(measured):
    assert measured["accuracy"] == 0.75


def test_each_class_has_its_own_share_and_one_without_rows_has_none(measured):
    assert measured["by class"] == {"a": pytest.approx(2 / 3), "b": 1.0}


def test_an_answer_is_one_number_for_each_row_or_token(measured):
    assert measured["answers"] == [0, 1, 1, 0]
    assert measured["tags"] == [2, 5]


def test_auc_is_the_share_of_pairs_in_order(measured):
    assert measured["auc"] == 1.0


def test_auc_of_rows_of_one_kind_is_chance(measured):
    assert measured["auc of one kind"] == 0.5


def test_auc_is_told_for_each_segment_that_has_rows(measured):
    assert measured["auc by segment"] == {"new": 0.0, "old": 0.0}


def test_a_score_answers_yes_above_the_bound(measured):
    assert measured["above"] == [True, False, True, False]


def test_retrieval_asks_only_rows_whose_meaning_another_has(measured):
    assert measured["retrieval"] == pytest.approx(2 / 3)


def test_a_row_drawn_twice_does_not_find_itself(measured):
    assert measured["retrieval, resampled"] == pytest.approx(3 / 4)


def test_retrieval_among_strangers_is_nothing(measured):
    assert measured["retrieval of strangers"] == 0.0


def test_the_nearest_is_another_row(measured):
    assert measured["nearest"] == [1, 0, 3, 2, 0]
