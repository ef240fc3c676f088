"""Tags that aren't known as a whole."""

import pulumi_aws as aws
import pytest

from aistacks_review.compare.comparison import compare
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record

REGION = "eu-west-1"


def compared(before, after, symbols):
    return compare(
        *(
            record(one, config={"aws:region": REGION}, answers=OfflineAnswers(REGION), symbols=symbols)
            for one in (before, after)
        )
    )


def kinds(found):
    return {change.name: change.kind.value for change in found.changes}


def listed(found):
    return [(one.resource.name, one.path) for one in found.uncompared]


@pytest.mark.parametrize("symbols", [True, False])
@pytest.mark.parametrize("known_before", [True, False])
def test_tags_that_are_not_known_as_a_whole_are_compared_like_anything_else(symbols, known_before):
    def program(extra, known):
        zone = aws.route53.Zone("z", name="a.b")
        aws.sqs.Queue("q", tags={"x": extra} if known else zone.tags_all.apply(lambda t: {**(t or {}), "x": extra}))

    found = compared(lambda: program("a", known_before), lambda: program("b", False), symbols)
    assert ("q" in kinds(found)) or ("q", "tags") in listed(found)


@pytest.mark.parametrize("symbols", [True, False])
def test_tags_that_are_passed_on_as_they_are_stay_the_same(symbols):
    def program():
        aws.sqs.Queue("q", tags=aws.route53.Zone("z", name="a.b").tags_all)

    found = compared(program, program, symbols)
    assert (kinds(found), listed(found)) == ({}, [])
