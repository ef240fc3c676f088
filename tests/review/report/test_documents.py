import json

from aistacks_core.snapshot import ABSENT
from aistacks_review.report.documents import parsed, parts, window


def test_two_policies_differ_where_they_differ():
    before = {"Statement": [{"Sid": "A", "Action": "s3:Get*"}, {"Sid": "B", "Action": "s3:List*"}]}
    after = {"Statement": [{"Sid": "A", "Action": "s3:*"}, {"Sid": "B", "Action": "s3:List*"}]}
    found = parts(json.dumps(before), json.dumps(after), 10)
    assert found == [("Statement[0].Action", "s3:Get*", "s3:*")]


def test_an_item_in_front_moves_no_other():
    found = parts({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 0}, {"x": 1}, {"x": 2}]}, 10)
    assert found == [("a[0]", ABSENT, {"x": 0})]


def test_an_item_that_goes_is_absent_after():
    assert parts([{"x": 1}, {"x": 2}], [{"x": 2}], 10) == [("[0]", {"x": 1}, ABSENT)]


def test_other_texts_are_told_whole():
    assert parts("a", "b", 10) == [("", "a", "b")]
    assert parts("[1", "[2", 10) == [("", "[1", "[2")]
    assert parts(ABSENT, "{}", 10) == [("", ABSENT, "{}")]


def test_two_spellings_of_one_document_are_told_as_texts():
    assert parts('{"a":1}', '{"a": 1}', 10) == [("", '{"a":1}', '{"a": 1}')]


def test_the_number_of_parts_is_bounded():
    assert len(parts({str(i): 0 for i in range(1000)}, {str(i): 1 for i in range(1000)}, 7)) == 7


def test_a_long_list_is_told_whole():
    before, after = [{"x": i} for i in range(5_000)], [{"x": -i} for i in range(5_000)]
    assert parts(before, after, 10) == [("", before, after)]


def test_a_deep_text_is_no_document():
    assert parsed("[" * 100_000) is None
    assert parsed("{" + "x" * 300_000) is None
    assert parsed('{"a": [1]}') == {"a": [1]}


def test_long_texts_are_told_from_where_they_differ():
    before, after, cut = window("x" * 9000 + "old" + "z" * 500, "x" * 9000 + "new" + "z" * 500, 80)
    assert cut == "… "
    assert before[:23] == "x" * 20 + "old"
    assert after[:23] == "x" * 20 + "new"


def test_a_text_that_only_grows():
    before, after, cut = window("x" * 500, "x" * 500 + "y", 80)
    assert (before, after, cut) == ("x" * 20, "x" * 20 + "y", "… ")


def test_short_texts_and_other_values_stay():
    assert window("a", "b", 80) == ("a", "b", "")
    assert window(1, ["b"], 80) == (1, ["b"], "")
