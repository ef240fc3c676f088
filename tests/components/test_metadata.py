"""Labels and tags that no API takes are refused by every component that has them."""

import pytest

import aistacks
from aistacks import UserError
from aistacks._arguments import _hints, checked
from aistacks._metadata import is_dns_label, label_problems, tag_problems

KINDS = [getattr(aistacks, name) for name in aistacks.__all__ if name.endswith("Args")]
TAGGED = [kind for kind in KINDS if "tags" in _hints(kind)]
LABELLED = [kind for kind in KINDS if "labels" in _hints(kind)]


def refused(kind, **args):
    class Optional(kind, total=False):
        """The same with nothing required."""

    Optional.__name__ = kind.__name__
    Optional.__required_keys__ = frozenset()
    with pytest.raises(UserError) as error:
        checked("it", args, Optional)
    return str(error.value)


def test_there_are_components_with_either():
    assert len(TAGGED) >= 9
    assert len(LABELLED) >= 4


@pytest.mark.parametrize("kind", TAGGED, ids=lambda kind: kind.__name__)
def test_a_tag_that_aws_keeps_for_itself_is_refused(kind):
    assert "tags.aws:owner: got 'aws:owner'; expected a key that doesn't begin with aws:" in refused(
        kind, tags={"aws:owner": "me"}
    )


@pytest.mark.parametrize("kind", LABELLED, ids=lambda kind: kind.__name__)
def test_a_label_that_kubernetes_does_not_take_is_refused(kind):
    assert "labels.team: got 'a b'; expected a label's value" in refused(kind, labels={"team": "a b"})


@pytest.mark.parametrize(
    ("labels", "wrong"),
    [
        ({"team": "vision", "example.com/team": "", "a.b-c/D_e.f": "x" * 63}, []),
        ({"-team": "x"}, ["-team"]),
        ({"Example.com/team": "x"}, ["Example.com/team"]),
        ({"a/b/c": "x"}, ["a/b/c"]),
        ({"x" * 64: "x"}, ["x" * 64]),
        ({"team": "x" * 64}, ["team"]),
        ({"team": "x-"}, ["team"]),
    ],
)
def test_labels_are_those_of_kubernetes(labels, wrong):
    assert [problem.key for problem in label_problems(labels)] == wrong


@pytest.mark.parametrize(
    ("tags", "wrong"),
    [
        ({"Größe": "a b/c:d=e+f-g@h", "empty": ""}, []),
        ({"AWS:x": "y"}, ["AWS:x"]),
        ({"": "y"}, [""]),
        ({"k" * 129: "y"}, ["k" * 129]),
        ({"k": "v" * 257}, ["k"]),
        ({"k": "a,b"}, ["k"]),
        ({f"k{i}": "" for i in range(49)}, ["k48"]),
    ],
)
def test_tags_are_those_of_aws(tags, wrong):
    assert [problem.key for problem in tag_problems(tags)] == wrong


def test_a_name_in_dns():
    assert is_dns_label("team-1")
    assert not any(is_dns_label(text) for text in ("", "Team", "-a", "a-", "a.b", "a" * 64))
