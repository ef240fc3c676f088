"""Intervals of quality, by what exact methods give for the same counts."""

import pytest


@pytest.fixture(scope="module")
def found(inside):
    return inside("verify_quality.py")


def test_nothing_changed_has_no_width(found):
    assert found["none"]["difference"] == {"value": 0, "low": 0, "high": 0}


def test_one_loss_in_fifty_reaches_about_as_far_as_an_exact_interval(found):
    # Clopper and Pearson, 1 of 50: 0.0005 to 0.1065.
    assert found["one"]["difference"]["value"] == pytest.approx(-0.02)
    assert -0.13 < found["one"]["difference"]["low"] < -0.055
    assert found["one"]["difference"]["high"] == pytest.approx(0, abs=0.01)


def test_many_losses_have_an_interval_around_them(found):
    # Clopper and Pearson, 20 of 400: 0.031 to 0.076.
    assert found["many"]["method"] == "BCa"
    assert found["many"]["difference"]["low"] == pytest.approx(-0.076, abs=0.012)
    assert found["many"]["difference"]["high"] == pytest.approx(-0.031, abs=0.012)


def test_more_rows_narrow_it(found):
    assert found["large"]["method"] == "percentile"
    few, many = found["many"]["difference"], found["large"]["difference"]
    assert many["high"] - many["low"] < 0.5 * (few["high"] - few["low"])


def test_losses_that_gains_outweigh_still_have_their_noise(found):
    both = found["both"]["difference"]
    assert both["value"] == 0
    assert both["low"] < -0.01
    assert both["high"] > 0.01


def test_one_row_tells_nothing(found):
    assert (found["single"]["difference"]["low"], found["single"]["difference"]["high"]) == (-1, 1)


def test_every_class_has_its_own_interval(found):
    classes = found["many"]["classes"]
    assert [part["name"] for part in classes] == ["cat", "dog", "owl"]
    assert sum(part["rows"] for part in classes) == 400
    assert all(part["difference"]["low"] <= part["difference"]["value"] for part in classes)


def test_the_classification_report_counts_each_class(found):
    assert sum(part["support"] for part in found["report"]) == 300
    assert {part["f1"] for part in found["report"]} == {1.0}


def test_a_kind_of_span_counts_the_rows_that_hold_any_of_its_parts(found):
    assert found["spans"] == [2, 1, 2, None]
