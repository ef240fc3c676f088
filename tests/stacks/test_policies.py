"""The environments of this repository keep the policies, or say in code who answers for it."""

import json
import runpy
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from aistacks_review.findings import Verdict
from aistacks_review.policy import check, waivers_of
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record
from recorded import ENVIRONMENTS, STACKS, settings

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 24)


@cache
def judge(name):
    config = settings(name)["config"]
    values = {"aws:region": config["aws:region"], "aistacks:environment": json.dumps(config["aistacks:environment"])}
    plan = record(
        lambda: runpy.run_path(str(STACKS / "__main__.py"), run_name="__main__"),
        stack=name,
        config=values,
        answers=OfflineAnswers(config["aws:region"]),
        root=STACKS,
        symbols=True,
    )
    return check(plan, waivers_of(ROOT), TODAY, None)


@pytest.fixture(params=ENVIRONMENTS)
def judged(request):
    return judge(request.param)


def test_nothing_fails_that_nobody_answers_for(judged):
    findings, _ = judged
    assert not [f"{f.rule} {f.urn}: {f.message}" for f in findings if f.verdict is Verdict.FAIL and not f.waiver]


def test_everything_can_be_told_before_deployment(judged):
    findings, passed = judged
    assert not [f"{f.rule} {f.urn}: {f.message}" for f in findings if f.verdict is Verdict.UNKNOWN]
    assert passed > 350


def test_every_finding_has_the_line_of_the_program_that_declared_it(judged):
    assert all(f.file == str(STACKS / "__main__.py") and f.line for f in judged[0])


def test_every_waiver_is_needed_somewhere():
    used = {f.waiver for name in ENVIRONMENTS for f in judge(name)[0]}
    assert set(waivers_of(ROOT)) <= used
