"""The one list of actions that reach further than their access level says."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from aistacks_catalog.aws.iam.catalogue import of_pattern
from aistacks_catalog.aws.iam.dangerous import dangerous, of_kind
from aistacks_catalog.aws.iam.documents import allowed
from aistacks_policies import Resource, Stack, Verdict, judge, rules
from aistacks_review.findings import Severity
from aistacks_review.risk.gains import gains

FILE = yaml.safe_load((files("aistacks_catalog.aws.iam") / "actions.yaml").read_text())
RULES = {
    "escalation": "iam-no-escalation",
    "credentials": "iam-no-credentials",
    "exfiltration": "iam-no-exfiltration",
    "decryption": "iam-no-decrypt-all",
}


def test_the_file_keeps_its_form() -> None:
    assert FILE["source"] and FILE["date"]
    for name, about in FILE["actions"].items():
        assert set(about) == {"kinds", "high", "does"}, name
        assert about["kinds"] and set(about["kinds"]) <= set(FILE["kinds"]), name
        assert about["high"] in ("always", "everywhere"), name
    assert all(of_kind(kind) for kind in FILE["kinds"])
    with pytest.raises(KeyError):
        of_kind("nonsense")


@pytest.mark.parametrize("name", [action.name for action in dangerous().values()])
def test_each_is_written_as_aws_writes_it(name: str) -> None:
    assert [action.name for action in of_pattern(name)] == [name]


def test_credentials_are_of_resources_that_a_statement_can_name() -> None:
    assert all(of_pattern(name)[0].resources for name in of_kind("credentials"))


def everything(action: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


@pytest.mark.parametrize("action", [action.name for action in dangerous().values()])
def test_policies_and_risks_call_the_same_actions_dangerous(action: str) -> None:
    """Both have it from this list, so that neither passes what the other refuses."""
    (gain,) = gains(allowed(everything(action)), allowed({"Statement": []}))  # type: ignore[arg-type]
    assert (gain.severity, gain.why) == (Severity.HIGH, f"{action} {dangerous()[action.lower()].does}")
    policy = Resource("aws:iam/policy:Policy", "p", "urn:p", {"policy": everything(action)})
    for kind in dangerous()[action.lower()].kinds & set(RULES):
        result = judge(rules()[RULES[kind]], policy, Stack([policy]))
        assert (result.verdict, action in result.message) == (Verdict.FAIL, True)
