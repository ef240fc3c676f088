"""What the committed environments need of an AWS account."""

import pytest

from aistacks_review.quotas import needs_of


@pytest.mark.parametrize(
    ("name", "standard", "gpus"),
    [
        ("dev", (6, 38), {"L-DB2E81BA": (4, 32), "L-3819A6DF": (4, 32)}),
        ("prod", (8, 264), {"L-DB2E81BA": (4, 1024), "L-3819A6DF": (4, 1024), "L-417A185B": (96, 192)}),
    ],
)
def test_more_than_a_new_account_allows(plans, name, standard, gpus):
    needs, unknown = needs_of(plans(name))
    found = {need.quota.code: need for need in needs}
    assert (found["L-1216C47A"].first, found["L-1216C47A"].most) == standard
    assert found["L-1216C47A"].first > found["L-1216C47A"].quota.default
    assert {code: (found[code].first, found[code].most) for code in gpus} == gpus
    assert unknown == []
