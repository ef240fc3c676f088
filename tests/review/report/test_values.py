import pytest

from aistacks_core.property_values import Archive, Asset, Secret
from aistacks_core.redaction import HIDDEN, SECRET
from aistacks_core.snapshot import ABSENT, UNKNOWN
from aistacks_core.symbols import mark
from aistacks_review.compare.changes import ChangeKind, PropertyChange
from aistacks_review.report.values import Line, Values, kept


@pytest.fixture
def values(reviewed):
    return Values(reviewed())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (UNKNOWN, "known after deployment"),
        ("(known after deployment)", "known after deployment"),
        (ABSENT, "not set"),
        (None, "null"),
        (True, "true"),
        (7, "7"),
        (0.5, "0.5"),
        ("a\n", '"a\\n"'),
        ([], "[]"),
        ({}, "{}"),
        ({"a": [1, UNKNOWN], "b": None}, '{"a": [1, known after deployment], "b": null}'),
        ('{"a":"b"}', '{"a": "b"}'),
        (f"lake-{mark('x')}", '"lake-…"'),
        (Secret("s"), "(secret)"),
        (Asset(path="a.py", hash="0"), 'asset {"path": "a.py"}'),
        (Archive(path="a.zip"), 'archive {"path": "a.zip"}'),
    ],
)
def test_values_in_words(values, value, text):
    assert values.value(value) == text


@pytest.mark.parametrize(
    "value", ["x" * 10_000_000, ["x"] * 1_000_000, {"a": {"b": "x" * 10_000_000}}, {"y" * 10**7: 1}]
)
def test_a_huge_value_costs_neither_time_nor_room(values, value, timed):
    text, seconds = timed(lambda: values.value(value))
    assert len(text) <= 160
    assert seconds < 0.05


def test_a_deep_value_ends(values):
    deep = []
    for _ in range(5000):
        deep = [deep]
    assert "…" in values.value(deep)


def test_what_is_named_like_a_secret_is_hidden(values):
    assert values.value({"adminPassword": "hunter2"}) == f'{{"adminPassword": {HIDDEN}}}'
    assert (
        values.value([{"name": "DB_PASSWORD", "value": "hunter2"}]) == f'[{{"name": "DB_PASSWORD", "value": {HIDDEN}}}]'
    )
    assert "hunter2" not in values.value('{"password": "hunter2"}')
    assert values.value({"manageMasterUserPassword": True}) == '{"manageMasterUserPassword": true}'


def test_lines_of_a_change(values, registration, changed):
    change = changed(
        ChangeKind.UPDATE,
        registration("a:b:C", "c"),
        PropertyChange("size", 1, 2, replaces=True),
        PropertyChange("gone", "x", ABSENT),
        PropertyChange("new", ABSENT, UNKNOWN),
        PropertyChange("policy", '{"a": "x", "b": 1}', '{"a": "y", "b": 1}'),
    )
    assert values.lines(change) == [
        Line("size", "1", "2", True),
        Line("gone", '"x"', ""),
        Line("new", "", "known after deployment"),
        Line("policy a", '"x"', '"y"'),
    ]


def test_secret_properties_are_never_shown(values, registration, changed):
    inputs = {"env": [{"name": "API_TOKEN", "value": "hunter2"}], "adminPassword": "hunter2"}
    change = changed(
        ChangeKind.UPDATE,
        registration("a:b:C", "c", inputs=inputs),
        PropertyChange("key", "hunter1", "hunter2", secret=True),
        PropertyChange("adminPassword", "hunter1", "hunter2"),
        PropertyChange("env[0].value", "hunter1", "hunter2"),
        PropertyChange("config", '{"token": "hunter1"}', '{"token": "hunter2"}'),
    )
    lines = values.lines(change)
    assert [line.before for line in lines] == [SECRET, HIDDEN, HIDDEN, HIDDEN]
    assert "hunter" not in str(lines)


def test_the_number_of_lines_is_bounded(values, registration, changed):
    many = [PropertyChange(f"p{i}", 1, 2) for i in range(100)]
    assert len(values.lines(changed(ChangeKind.UPDATE, registration("a:b:C", "c"), *many), most=5)) == 5


def test_a_message_is_short_and_says_that_it_was_cut(values):
    assert values.message("short") == "short"
    assert len(values.message("x" * 10_000_000)) < 600


def test_what_stands_against_a_loss(registration, changed):
    one = registration("a:b:C", "c")
    gone = changed(ChangeKind.DELETE, one, protected=True, retained=True)
    assert kept(gone) == "protected: Pulumi will refuse this; it stays in the cloud, unmanaged"
    assert kept(changed(ChangeKind.REPLACE, one, retained=True)) == "the old one stays in the cloud, unmanaged"
    assert kept(changed(ChangeKind.UPDATE, one, may_replace=True)) == "perhaps a replacement"
    assert kept(changed(ChangeKind.UPDATE, one, protected=True)) == ""


def test_a_replacement_says_what_goes_first_where_the_old_one_goes_at_all(registration, changed):
    one = registration("a:b:C", "c")
    assert kept(changed(ChangeKind.REPLACE, one, delete_first=True)) == "the old one goes first"
    assert kept(changed(ChangeKind.REPLACE, one, delete_first=False)) == ""
    assert kept(changed(ChangeKind.REPLACE, one)) == ""
    assert "first" not in kept(changed(ChangeKind.REPLACE, one, delete_first=True, protected=True))
    assert "first" not in kept(changed(ChangeKind.REPLACE, one, delete_first=True, retained=True))
