"""Variants that are wrong in one way each, through the whole stage."""

import pytest


@pytest.fixture(scope="module")
def found(inside, tmp_path_factory):
    return inside("verify_cases.py", tmp_path_factory.mktemp("verify"))


@pytest.fixture(scope="module")
def many(found):
    return found["many"]["variants"]


def test_an_equal_variant_passes_with_no_loss_and_the_fastest_is_chosen(found, many):
    difference = many["same"]["quality"]["difference"]
    assert difference == {"value": 0, "low": 0, "high": 0}
    assert many["same"]["passed"]
    assert found["many"]["chosen"] == "same"


def test_a_faster_torch_program_passes_but_cannot_be_chosen(many):
    assert many["torch"]["passed"]
    assert many["torch"]["latency"][0]["ratio"] < many["same"]["latency"][0]["ratio"]


def test_a_variant_broken_in_one_class_fails_there_although_the_whole_passes(many):
    owls = many["blind-to-owls"]
    assert owls["refused_by"] == ["class_quality_loss"]
    assert owls["verdicts"]["quality_loss"][0] == "pass"
    assert owls["verdicts"]["class_quality_loss"][1].startswith("owl: it loses")
    by_name = {part["name"]: part for part in owls["quality"]["classes"]}
    assert by_name["owl"]["difference"]["low"] < by_name["owl"]["difference"]["value"] < -0.1
    assert by_name["owl"]["rows"] > 400


def test_too_few_rows_to_tell_refuse_a_variant_that_lost_nothing_on_them(found):
    verdicts = found["few"]["variants"]["shifted"]["verdicts"]
    assert verdicts["quality_loss"] == ["unknown", "45 rows are too few to tell (with no loss at all, 150 would)"]
    assert verdicts["class_quality_loss"][0] == "unknown"
    assert not found["few"]["variants"]["shifted"]["passed"]


def test_a_noisy_loss_on_few_rows_cannot_pass(found):
    noisy = found["few"]["variants"]["noisy"]
    assert "quality_loss" in noisy["refused_by"]
    difference = noisy["quality"]["difference"]
    assert difference["low"] < difference["value"] <= difference["high"]
    assert found["few"]["chosen"] is None


def test_other_bits_at_every_run_are_found(many):
    assert many["random"]["determinism"]["again"] is False
    assert "deterministic" in many["random"]["refused_by"]


def test_other_bits_in_every_process_are_found(many):
    assert many["by-process"]["determinism"]["again"] is True
    assert many["by-process"]["refused_by"] == ["deterministic"]


def test_what_neighbours_change_is_told_and_not_refused(many):
    assert many["neighbours"]["passed"]
    assert 0 < many["neighbours"]["determinism"]["neighbours"]["largest"] < 0.01
    assert many["same"]["determinism"]["neighbours"]["largest"] == 0


def test_a_runner_that_dies_is_reported_and_the_rest_goes_on(many):
    dies = many["dies"]
    died = [case for case in dies["malformed"] if case["outcome"] == "died"]
    assert len(died) == 4
    assert all("SIGABRT" in case["said"] for case in died)
    assert [case["sent"] for case in dies["malformed"]][-1] == "65 rows at once"
    assert dies["refused_by"] == ["refuses_malformed"]
    assert dies["after_malformed"] is True


def test_a_runner_that_takes_what_it_should_refuse_fails(many):
    assert many["lax"]["refused_by"] == ["refuses_malformed"]
    assert "an input that the model doesn't have: answered" in many["lax"]["verdicts"]["refuses_malformed"][1]


def test_a_right_row_that_is_spoilt_by_the_one_beside_it_is_told(many):
    said = {case["sent"]: case["said"] for case in many["neighbours"]["malformed"]}
    assert said["scores with infinity in one row"] == "the right row beside it is answered differently"
    said = {case["sent"]: case["said"] for case in many["same"]["malformed"]}
    assert said["scores with infinity in one row"] == ""


def test_a_variant_that_cannot_be_opened_says_why(many):
    assert many["broken"]["error"] == "OSError: file is truncated"
    assert not many["broken"]["passed"]
    assert many["broken"]["verdicts"]["quality_loss"] == ["fail", "not measured: OSError: file is truncated"]


def test_latency_has_percentiles_for_one_row_and_the_largest_batch(many):
    one, most = many["same"]["latency"]
    assert (one["batch"], most["batch"]) == (1, 32)
    assert one["runs"] >= 4
    # By the fakes' own clock a run takes 1 ms, and one of the reference 4.
    assert one["p50_ms"] == one["p90_ms"] == one["p99_ms"] == 1
    assert one["ratio_low"] == one["ratio"] == one["ratio_high"] == 0.25
    assert one["percentiles_ms"] == [1] * 101


def test_the_report_lies_beside_the_document(found):
    assert found["many"]["files"] == [
        "classes.svg", "latency.svg", "report.html", "report.json", "report.md", "trade.svg",
    ]  # fmt: skip
    assert found["many"]["dropped"] == ["too-new"]


def test_another_gate_judges_what_was_measured_before(found):
    assert [line for line in found["lines"] if "cached" not in line] == ["verify"]
    assert found["again"]["variants"]["blind-to-owls"]["verdicts"]["quality_loss"][0] == "fail"


def test_a_reference_that_cannot_be_run_is_the_users_mistake(found):
    assert found["error"].startswith("animals: original: got OSError: file is truncated")
