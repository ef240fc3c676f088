"""Which texts of a review are secret."""

from aistacks_core.redaction import SECRET
from aistacks_review.compare.changes import ChangeKind, PropertyChange
from aistacks_review.report.values import Values

PASSWORD = "correct horse"


def test_what_the_program_marked_is_hidden_on_both_sides(registration, reviewed):
    for side in ("head", "base"):
        one = registration("a:b:C", "s", inputs={"key": PASSWORD}, secrets=["key"])
        assert Values(reviewed(**{side: [one]})).message(f"{PASSWORD}!") == f"{SECRET}!"


def test_a_kubernetes_secret_needs_no_mark(registration, reviewed):
    one = registration("kubernetes:core/v1:Secret", "s", inputs={"stringData": {"a": PASSWORD}})
    assert Values(reviewed(head=[one])).message(f"{PASSWORD}!") == f"{SECRET}!"


def test_what_the_type_keeps_secret_is_hidden(registration, reviewed):
    one = registration("a:b:C", "s", inputs={"key": PASSWORD}, additional_secret_outputs=("key",))
    assert Values(reviewed(head=[one])).message(PASSWORD) == SECRET


def test_a_value_whose_mark_was_taken_away_is_hidden(registration, reviewed, changed):
    one = registration("a:b:C", "s", inputs={"key": PASSWORD})
    change = changed(ChangeKind.UPDATE, one, PropertyChange("key", "another horse", PASSWORD, secret=True))
    shown = Values(reviewed([change])).message(f"{PASSWORD}, another horse")
    assert shown == f"{SECRET}, {SECRET}"
