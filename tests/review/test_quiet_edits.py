"""Edits that change nothing in effect raise no risk, no finding and no change."""

import pytest

import quiet_edits

EDITS = list(quiet_edits.edits())


@pytest.fixture(scope="module")
def before():
    return quiet_edits.planned(quiet_edits.PROGRAM.read_text(encoding="utf-8"))


def test_there_are_fifty_edits_or_more():
    assert len(EDITS) >= 50
    assert len({name for name, *_ in EDITS}) == len(EDITS)


@pytest.mark.parametrize(("name", "program", "moves"), EDITS, ids=[name for name, *_ in EDITS])
def test_an_edit_that_changes_nothing_raises_no_alarm(before, name, program, moves):
    answer = quiet_edits.said(name, before, quiet_edits.planned(program), moves=moves)
    assert answer.alarms == ()


LOUD = [
    ("an action more", '"Action": "s3:ListBucket"', '"Action": ["s3:ListBucket", "s3:DeleteBucket"]'),
    ("another principal", '"arn:aws:iam::111122223333:root"', '"arn:aws:iam::777788889999:root"'),
    (
        "a policy more on a role",
        "arn:aws:iam::aws:policy/SomethingThatIsNewer",
        "arn:aws:iam::aws:policy/SomethingElse",
    ),
    ("a wider network", '"cidr_blocks": ["10.0.0.0/8"]', '"cidr_blocks": ["0.0.0.0/0"]'),
    ("a route for everybody", 'authorization_type="AWS_IAM"', 'authorization_type="NONE"'),
    ("another image", "shop/web:1.2", "shop/web:1.3"),
]


@pytest.mark.parametrize(("name", "old", "new"), LOUD, ids=[name for name, *_ in LOUD])
def test_an_edit_of_the_same_places_that_matters_is_told(before, name, old, new):
    program = quiet_edits.PROGRAM.read_text(encoding="utf-8")
    assert old in program
    answer = quiet_edits.said(name, before, quiet_edits.planned(program.replace(old, new)))
    assert answer.risks
