"""Gates over what was measured; the numbers are made up, so that each stands alone."""

import pytest

from aistacks_models import Gates
from aistacks_models.steps import Export, Recipe
from aistacks_models.variants import Variant
from aistacks_models.verification import document as d
from aistacks_models.verification.judging import choose, judge, rows_needed


def interval(value, low=None, high=None):
    return d.Interval(value=value, low=value if low is None else low, high=value if high is None else high)


def part(name, rows, *difference):
    return d.ClassQuality(name=name, rows=rows, value=0.9, reference=0.9, difference=interval(*difference))


def quality(*difference, rows=1000, classes=()):
    return d.Quality(
        value=interval(0.95, 0.93, 0.97), reference=interval(0.95), difference=interval(*difference), rows=rows,
        confidence=0.95, resamples=1000, method="BCa", classes=classes,
    )  # fmt: skip


def timing(ratio, low=None, high=None, p99=1.0):
    return d.Timing(
        batch=1, runs=300, rounds=10, p50_ms=ratio, p90_ms=ratio, p99_ms=p99, rows_per_second=1, reference_p50_ms=1,
        ratio=ratio, ratio_low=low or ratio, ratio_high=high or ratio, percentiles_ms=(ratio,) * 101,
    )  # fmt: skip


def measured(name, runtime="onnxruntime", size=100, apart=0.1, same=1.0, findings=(), **more):
    drift = d.Drift(largest=0, same_answers=1)
    output = d.OutputAgreement(name="y", largest=apart, mean=apart, reference_largest=1, not_finite=0)
    recipe = Recipe(name=name, steps=(Export(),))
    facts = {
        "quality": quality(0, 0, 0),
        "latency": (timing(1.0),),
        "agreement": d.Agreement(same=same, answers=1000, outputs=(output,)),
        "determinism": d.Determinism(again=True, process=True, neighbours=drift, batch_size=drift),
        "after_malformed": True,
    }
    return d.Measured(
        variant=Variant(
            name=name, recipe=recipe, runtime=runtime, file=f"{name}/m", bytes=size, parameters=1, nonzero=1
        ),
        sha256="0" * 64, packed_bytes=size, safety=d.Safety(files=1, findings=findings), **{**facts, **more},
    )  # fmt: skip


def verdict(gate, gates=None, **more):
    """What ``gate`` says of a variant."""
    judged = judge([measured("original", "eager"), measured("it", **more)], gates or Gates())[1]
    return {one.gate: one for one in judged.verdicts}[gate]


def test_a_verdict_for_every_gate_in_their_order():
    gates = [one.gate for one in judge([measured("original")], Gates())[0].verdicts]
    assert gates == [name for name in Gates.model_fields if name != "confidence"]


@pytest.mark.parametrize(
    ("difference", "answer"),
    [((-0.004, -0.009, 0.001), "pass"), ((-0.004, -0.02, 0.01), "fail"), ((-0.02, -0.03, -0.01), "fail")],
)
def test_quality_is_judged_by_the_pessimistic_end(difference, answer):
    found = verdict("quality_loss", quality=quality(*difference))
    assert found.answer == answer
    assert (found.got, found.bound) == (-difference[1], 0.01)


def test_a_loss_within_the_bound_that_noise_could_hide_says_so():
    why = verdict("quality_loss", quality=quality(-0.004, -0.02, 0.01)).why
    assert why == "it loses 0.0040, but on 1,000 rows that can't be told from a loss of 0.0200"


@pytest.mark.parametrize(("bound", "rows"), [(0.05, 60), (0.01, 300), (0.1, 30), (0, 0)])
def test_the_rule_of_three_says_how_many_rows_are_enough(bound, rows):
    assert rows_needed(bound, 0.95) == rows


@pytest.mark.parametrize(("rows", "answer"), [(299, "unknown"), (300, "pass")])
def test_nothing_lost_passes_only_on_enough_rows(rows, answer):
    assert verdict("quality_loss", quality=quality(0, rows=rows)).answer == answer


def test_a_gain_on_few_rows_does_not_hide_that_losses_were_not_seen():
    assert verdict("quality_loss", quality=quality(0.005, 0, 0.03, rows=200)).answer == "unknown"
    assert verdict("quality_loss", quality=quality(0.1, 0.06, 0.14, rows=200)).answer == "pass"


def test_a_bound_of_nothing_passes_what_lost_nothing():
    assert verdict("quality_loss", Gates(quality_loss=0), quality=quality(0)).answer == "pass"
    assert verdict("quality_loss", Gates(quality_loss=0), quality=quality(-0.001, -0.003, 0)).answer == "fail"


def test_outputs_that_are_the_references_up_to_rounding_need_no_rows():
    assert verdict("quality_loss", quality=quality(0, rows=5), apart=1e-6).answer == "pass"


def test_a_class_with_few_rows_is_unknown_and_refuses():
    classes = (part("common", 900, 0), part("rare", 7, 0))
    judged = judge([measured("original"), measured("it", quality=quality(0, classes=classes))], Gates())[1]
    assert not judged.passed
    assert [one.why for one in judged.refused_by] == [
        "rare: 7 rows are too few to tell (with no loss at all, 60 would)"
    ]


def test_a_class_that_fails_outweighs_one_that_is_unknown():
    classes = (part("rare", 7, 0), part("bad", 900, -0.2, -0.3, -0.1))
    found = verdict("class_quality_loss", quality=quality(0, classes=classes))
    assert (found.answer, found.why) == ("fail", "bad: it loses 0.2000 on 900 rows")


def test_one_answer_of_few_is_unknown_but_a_loss_that_is_there_fails():
    gates = Gates(class_quality_loss=0.3)
    few = (part("rare", 8, -0.125, -0.5, 0),)
    assert verdict("class_quality_loss", gates, quality=quality(0, classes=few)).answer == "unknown"
    lost = (part("rare", 8, -0.5, -0.8, -0.2),)
    assert verdict("class_quality_loss", gates, quality=quality(0, classes=lost)).answer == "fail"


def test_a_metric_without_classes_turns_their_gate_off():
    found = verdict("class_quality_loss")
    assert (found.answer, found.why) == ("off", "the metric has no classes")


def test_the_least_quality_is_judged_by_its_pessimistic_end_too():
    assert verdict("least_quality", Gates(least_quality=0.92)).answer == "pass"
    assert verdict("least_quality", Gates(least_quality=0.94)).answer == "fail"


def test_agreement_is_the_share_of_equal_answers():
    assert verdict("agreement", same=0.96).answer == "fail"
    assert verdict("agreement", same=0.97).answer == "pass"


def test_latency_near_its_bound_says_that_noise_could_turn_it():
    gates = Gates(latency_ratio=0.5, p99_ms=2)
    found = verdict("latency_ratio", gates, latency=(timing(0.49, 0.4, 0.6),))
    assert found.answer == "pass"
    assert found.why.endswith("so near the bound that another run could turn it")
    assert verdict("latency_ratio", gates, latency=(timing(0.51),)).answer == "fail"
    assert verdict("p99_ms", gates, latency=(timing(0.5, p99=2.1),)).answer == "fail"


def test_sizes_are_held_against_the_reference_and_against_megabytes():
    gates = Gates(size_ratio=0.5, size_mb=1e-4)
    assert verdict("size_ratio", gates, size=50).answer == "pass"
    assert verdict("size_ratio", gates, size=51).answer == "fail"
    assert verdict("size_mb", gates, size=101).answer == "fail"


@pytest.mark.parametrize(("level", "answer"), [("dangerous", "fail"), ("suspicious", "unknown")])
def test_what_a_file_could_run_refuses_it(level, answer):
    finding = d.Finding(file="m.pkl", level=level, what="loading it runs posix.system")
    assert verdict("safe_to_load", findings=(finding,)).answer == answer


def test_what_was_not_measured_fails_every_gate_that_needs_it():
    nothing = dict.fromkeys(("quality", "agreement", "determinism", "after_malformed"))
    judged = judge([measured("original"), measured("it", error="it died", latency=(), **nothing)], Gates())[1]
    assert {one.gate for one in judged.refused_by} == {
        "quality_loss", "class_quality_loss", "agreement", "deterministic", "refuses_malformed",
    }  # fmt: skip
    assert not judged.passed
    assert not judged.front


def test_gates_that_are_off_say_so():
    gates = Gates(deterministic=False, refuses_malformed=False, safe_to_load=False, agreement=None)
    judged = judge([measured("original")], gates)[0]
    assert [one.answer for one in judged.verdicts].count("off") == 10
    assert judged.passed


def test_the_fastest_that_passed_and_can_be_served_is_chosen():
    found = judge(
        [
            measured("original", "eager", latency=(timing(1),)),
            measured("torch", "torch", latency=(timing(0.1),)),
            measured("refused", latency=(timing(0.2),), same=0.5),
            measured("fast", latency=(timing(0.3),)),
            measured("slow", latency=(timing(0.4),)),
        ],
        Gates(),
    )
    assert choose(found)[0] == "fast"


def test_of_those_that_are_as_fast_the_smallest_is_chosen():
    found = judge(
        [
            measured("original", "eager", latency=(timing(1),)),
            measured("fast", size=90, latency=(timing(0.30),)),
            measured("as-fast", size=50, latency=(timing(0.32),)),
            measured("tiny", size=10, latency=(timing(0.34),)),
        ],
        Gates(),
    )
    name, why = choose(found)
    assert name == "as-fast"
    assert why.endswith("2 are the fastest within 10 %, and it is the smallest of these.")


def test_without_a_variant_to_serve_none_is_chosen():
    name, why = choose(judge([measured("original", "eager"), measured("torch", "torch")], Gates()))
    assert name is None
    assert why.endswith("torch passed but can't be served by ONNX Runtime.")


def test_a_variant_that_is_worse_in_everything_is_not_on_the_front():
    found = judge(
        [
            measured("original", size=100, latency=(timing(1),)),
            measured("small", size=50, latency=(timing(1),)),
            measured("worse", size=60, latency=(timing(2),)),
        ],
        Gates(),
    )
    assert [one.name for one in found if one.front] == ["small"]
