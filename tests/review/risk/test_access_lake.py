"""Lake Formation's grants."""

import pytest

from aistacks_review.findings import Severity

PERMISSIONS = "aws:lakeformation/permissions:Permissions"
SETTINGS = "aws:lakeformation/dataLakeSettings:DataLakeSettings"


@pytest.fixture
def grant(resource):
    def grant_(*permissions, passing=(), principal="arn:aws:iam::000000000000:role/analyst"):
        inputs = {
            "principal": principal,
            "permissions": list(permissions),
            "permissionsWithGrantOptions": list(passing),
            "table": {"databaseName": "lake", "name": "orders"},
        }
        return [resource(PERMISSIONS, "p", inputs=inputs)]

    return grant_


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        ((), ("SELECT",), Severity.LOW),
        (("SELECT",), ("SELECT", "INSERT"), Severity.MEDIUM),
        (("DESCRIBE",), ("ALL",), Severity.MEDIUM),
    ],
)
def test_a_permission_more(grant, judge, before, after, severity):
    (risk,) = judge(grant(*before), grant(*after))
    assert risk.severity is severity
    assert risk.title.startswith("role/analyst gets ")
    assert risk.title.endswith(" on lake.orders.")


def test_to_pass_on_is_more(grant, judge):
    (risk,) = judge(grant("SELECT"), grant("SELECT", passing=["SELECT"]))
    assert risk.severity is Severity.HIGH


def test_everybody_with_iam(grant, judge):
    (risk,) = judge([], grant("ALL", principal="IAM_ALLOWED_PRINCIPALS"))
    assert risk.severity is Severity.HIGH
    assert risk.title.startswith("Everybody with IAM permissions")


def test_all_holds_each(grant, judge):
    assert judge(grant("ALL"), grant("SELECT", "INSERT")) == []
    assert judge(grant("SELECT", "INSERT"), grant("SELECT")) == []


def test_administrators(resource, judge):
    def settings(*admins, **more):
        return [resource(SETTINGS, "s", inputs={"admins": list(admins), **more})]

    (risk,) = judge(settings("arn:aws:iam::1:role/a"), settings("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"))
    assert (risk.severity, risk.title) == (Severity.HIGH, "role/b may administer the lake.")
    assert judge(settings("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"), settings("arn:aws:iam::1:role/a")) == []
    (risk,) = judge(settings(), settings(allowExternalDataFiltering=True))
    assert risk.severity is Severity.MEDIUM
