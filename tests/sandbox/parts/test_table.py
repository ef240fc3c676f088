"""Which parts a sandbox has: those asked for, with what they need, and without what was left out."""

from __future__ import annotations

import pytest

from aistacks_core.errors import UserError
from aistacks_sandbox import cloud
from aistacks_sandbox.parts import running
from aistacks_sandbox.parts.table import PARTS, Parts, chosen, without
from aistacks_sandbox.programs.facts import facts
from aistacks_sandbox.state import State


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ((), ()),
        (("scheduler",), ("scheduler",)),
        (("karpenter",), ("scheduler", "nodes", "karpenter")),
        (("karpenter", "scheduler"), ("scheduler", "nodes", "karpenter")),
        (("all",), tuple(PARTS)),
    ],
)
def test_a_part_comes_with_what_it_needs(names, found):
    assert chosen(names) == found


@pytest.mark.parametrize(
    ("names", "left"),
    [
        (("karpenter",), ("scheduler", "nodes")),
        (("nodes",), ("scheduler",)),
        (("scheduler",), ()),
        (("all",), ()),
    ],
)
def test_what_needs_a_part_goes_with_it(names, left):
    assert without(tuple(PARTS), names) == left


def test_what_is_no_part_is_told(tmp_path):
    with pytest.raises(UserError, match="--with: got kueue; expected one of scheduler, nodes, karpenter, or all"):
        chosen(["kueue"])
    with pytest.raises(UserError, match="--without: got kueue"):
        without((), ["kueue"])


def test_a_choice_stays_until_another_one(tmp_path):
    state = State(tmp_path / "sandbox")
    assert running.choose(state, Parts()) == ()
    cloud.remember(state, parts=["scheduler", "nodes"])
    assert running.choose(state, Parts()) == ("scheduler", "nodes")
    assert running.choose(state, Parts(("karpenter",))) == ("scheduler", "nodes", "karpenter")
    assert running.choose(state, Parts((), ("nodes",))) == ("scheduler",)
    cloud.remember(state, parts=["scheduler", "of another version"])
    assert running.choose(state, Parts()) == ("scheduler",)


def test_status_knows_what_is_to_run(tmp_path):
    state = State(tmp_path / "sandbox")
    assert running.expected(state) == []
    cloud.remember(state, parts=["scheduler", "nodes", "karpenter"])
    assert running.expected(state) == ["kube-scheduler", "kwok", "nodes"]
    cloud.remember(state, karpenter={"cluster": "live", "queue": "", "region": "eu-west-1"})
    assert running.expected(state) == ["kube-scheduler", "kwok", "nodes", "karpenter"]


def test_each_part_has_a_program_that_can_be_got():
    for part in PARTS.values():
        assert facts(part.program).go
        assert set(part.needs) <= set(PARTS)
