"""The training loop, as every stage uses it."""

from itertools import chain

import pytest


@pytest.fixture(scope="module")
def loop(inside):
    return inside("train_loop.py")


def test_a_part_of_an_epoch_is_trained(loop):
    assert loop["steps"] == [6, 12, 15]  # 96 rows in batches of 16, two and a half times


def test_the_rate_rises_and_falls(loop):
    rates = loop["rates"]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(0.02)
    assert 0 < rates[-1] < 0.002


def test_a_run_cut_short_twice_ends_in_the_same_bits(loop):
    assert loop["cut short"]["same"]


def test_what_is_kept_with_a_checkpoint_comes_back(loop):
    assert loop["cut short"]["seen"] == [1, 2, 3, 4]


def test_a_damaged_checkpoint_counts_for_none(loop):
    assert loop["damaged"]


def test_a_loss_that_is_no_number_ends_training_with_its_step(loop):
    assert loop["diverged"].startswith("blobs: epoch 1, step 1: got a loss of nan; expected a finite number")


def test_another_objective_gets_inputs_and_targets(loop):
    assert loop["objective"]["calls"] == [[[16, 4], [16]]] * 6


def test_a_trained_network_is_in_eval_mode(loop):
    assert loop["objective"]["training"] is False


def test_rows_come_in_an_order_of_the_seed_and_the_epoch(loop):
    first, again, second = loop["orders"]
    assert first == again != second
    assert sorted(chain(*first)) == sorted(chain(*second)) == list(range(96))


def test_another_seed_gives_other_weights(loop):
    assert loop["other seed"] is False


def test_fewer_rows_than_a_batch_are_one_batch(loop):
    assert loop["few rows"] == 1


def test_threads_strictness_and_random_numbers_are_as_before_afterwards(loop):
    assert loop["surroundings"] == {"random": True, "threads": 2, "deterministic": False}
