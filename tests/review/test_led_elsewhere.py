"""A provider that may lead to another account or cluster than before: its resources can't be compared."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks_review.compare.comparison import compare
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record
from aistacks_review.record.transport import dumps, known, loads

REGION = "eu-west-1"


def plan(program, config=None):
    made = record(
        program, config={"aws:region": REGION, **(config or {})}, answers=OfflineAnswers(REGION), symbols=True
    )
    return loads(json.loads(dumps(made), object_hook=known))


def listed(base, head):
    found = compare(base, head)
    return [(one.resource.name, one.path, one.why.partition(" of the provider")[0]) for one in found.uncompared]


def queue(**settings):
    given = aws.Provider("p", region=REGION, **settings) if settings else None
    aws.sqs.Queue("q", opts=pulumi.ResourceOptions(provider=given))


def role(account, name="deploy"):
    return [{"role_arn": f"arn:aws:iam::{account}:role/{name}"}]


FIRST, SECOND = "111111111111", "222222222222"


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ({"profile": "dev"}, {"profile": "prod"}, "profile"),
        ({}, {"profile": "prod"}, "profile"),
        ({"assume_roles": role(FIRST)}, {"assume_roles": role(SECOND)}, "assumeRoles"),
        ({"access_key": "a", "secret_key": "b"}, {"access_key": "c", "secret_key": "d"}, "accessKey, secretKey"),
        ({"endpoints": [{"sqs": "http://localhost:1"}]}, {"max_retries": 3}, "endpoints"),
    ],
)
def test_another_account_of_a_provider_of_the_program(was, now, told):
    assert listed(plan(lambda: queue(**was)), plan(lambda: queue(**now))) == [("q", "account", told)]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ({"assume_roles": role(FIRST)}, {"assume_roles": role(FIRST, "other")}),
        ({"profile": "dev", "allowed_account_ids": [FIRST]}, {"profile": "ci", "allowed_account_ids": [FIRST]}),
        ({"profile": "dev"}, {"profile": "dev", "max_retries": 3}),
        ({"profile": "dev"}, {"profile": "dev", "allowed_account_ids": [FIRST]}),
        ({}, {"max_retries": 3}),
    ],
)
def test_the_same_account(was, now):
    assert listed(plan(lambda: queue(**was)), plan(lambda: queue(**now))) == []


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        ({"aws:profile": "dev"}, {"aws:profile": "prod"}, ["profile"]),
        ({}, {"aws:assumeRoles": json.dumps([{"roleArn": f"arn:aws:iam::{FIRST}:role/x"}])}, ["assumeRoles"]),
        ({"aws:maxRetries": "1"}, {"aws:maxRetries": "2"}, []),
    ],
)
def test_another_account_by_the_settings(was, now, told):
    assert [why for _, _, why in listed(plan(queue, was), plan(queue, now))] == told


def test_a_provider_in_another_ones_place_is_compared_by_what_it_says():
    def program(second, **settings):
        one, other = aws.Provider("p", region=REGION), aws.Provider("r", region=REGION, **settings)
        aws.sqs.Queue("q", opts=pulumi.ResourceOptions(provider=other if second else one))

    for settings, told in (({}, []), ({"profile": "prod"}, [("q", "account", "profile")])):
        base, head = (plan(lambda second=second: program(second, **settings)) for second in (False, True))  # noqa: B023
        assert listed(base, head) == told


def test_another_cluster():
    def program():
        kubernetes.core.v1.ConfigMap("c", data={"a": "b"})

    base, head = (plan(program, {"kubernetes:context": context}) for context in ("dev", "prod"))
    assert listed(base, head) == [("c", "cluster", "context")]
    assert listed(base, base) == []


def test_the_same_cluster_by_another_token():
    def program(token):
        config = {
            "current-context": "x",
            "contexts": [{"name": "x", "context": {"cluster": "y", "user": "z"}}],
            "clusters": [{"name": "y", "cluster": {"server": "https://y"}}],
            "users": [{"name": "z", "user": {"token": token}}],
        }
        provider = kubernetes.Provider("k", kubeconfig=json.dumps(config))
        kubernetes.core.v1.ConfigMap("c", data={"a": "b"}, opts=pulumi.ResourceOptions(provider=provider))

    assert listed(plan(lambda: program("a")), plan(lambda: program("b"))) == []


@pytest.mark.parametrize("value", [0, False, ""])
def test_a_trigger_that_is_nothing_to_python_goes_along(value):
    found = plan(lambda: aws.sqs.Queue("q", opts=pulumi.ResourceOptions(replacement_trigger=value)))
    assert found["q"].replacement_trigger is not None
