"""Options that make a change by themselves: what the engine would do, though no property differs."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks_review.compare.comparison import compare
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record
from aistacks_review.risk import assess

REGION = "eu-west-1"
Options = pulumi.ResourceOptions


def compared(before, after):
    return compare(*(plan(one) for one in (before, after)))


def plan(program):
    return record(program, config={"aws:region": REGION}, answers=OfflineAnswers(REGION), symbols=True)


def queue(**options):
    return aws.sqs.Queue("q", opts=Options(**options))


def kinds(found):
    return {change.name: (change.kind.value, change.reason) for change in found.changes}


def listed(found):
    return [(one.resource.name, one.path) for one in found.uncompared]


@pytest.mark.parametrize(("was", "now"), [(1, 2), ("a", "b"), ([1], [1, 2]), ({"a": True}, {"a": False}), (True, 1)])
def test_another_replacement_trigger_replaces(was, now):
    found = compared(lambda: queue(replacement_trigger=was), lambda: queue(replacement_trigger=now))
    assert kinds(found) == {"q": ("replace", "its replacement trigger changes")}


@pytest.mark.parametrize(("was", "now"), [(1, 1), (None, 1), (1, None), ({"a": [True]}, {"a": [True]})])
def test_the_same_replacement_trigger_one_that_comes_and_one_that_goes_change_nothing(was, now):
    found = compared(lambda: queue(replacement_trigger=was), lambda: queue(replacement_trigger=now))
    assert (kinds(found), found.uncompared) == ({}, [])


def test_a_trigger_that_is_the_output_of_what_is_replaced_replaces():
    def program(key):
        table = aws.dynamodb.Table("t", hash_key=key, attributes=[{"name": key, "type": "S"}])
        queue(replacement_trigger=table.arn)

    found = compared(lambda: program("a"), lambda: program("b"))
    assert kinds(found)["q"] == ("replace", "its replacement trigger changes")
    assert kinds(compared(lambda: program("a"), lambda: program("a"))) == {}


def test_a_trigger_that_nobody_knows_is_listed():
    def program():
        queue(replacement_trigger=pulumi.StackReference("acme/net/prod").get_output("version").apply(lambda v: v + "1"))

    found = compared(program, program)
    assert (kinds(found), listed(found)) == ({}, [("q", "replacementTrigger")])


@pytest.mark.parametrize("option", ["replace_with", "deleted_with"])
def test_what_goes_with_another_is_replaced_with_it(option):
    def program(cidr, **more):
        network = aws.ec2.Vpc("v", cidr_block=cidr, **more)
        queue(**{option: [network] if option == "replace_with" else network})

    found = compared(lambda: program("10.0.0.0/16"), lambda: program("10.1.0.0/16"))
    assert kinds(found)["q"] == ("replace", f"v is recreated, and it with that ({option})")
    assert set(kinds(compared(lambda: program("10.0.0.0/16"), lambda: program("10.0.0.0/16", tags={"a": "b"})))) == {
        "v"
    }


def test_another_import_replaces_a_new_one_may_and_one_that_goes_does_nothing():
    found = compared(lambda: queue(import_="a"), lambda: queue(import_="b"))
    assert kinds(found) == {"q": ("replace", "b is imported in place of a")}
    found = compared(queue, lambda: queue(import_="b"))
    assert (kinds(found), listed(found)) == ({}, [("q", "import")])
    found = compared(lambda: queue(import_="a"), queue)
    assert (kinds(found), listed(found)) == ({}, [])


def test_what_is_no_longer_ignored_can_not_be_compared():
    found = compared(lambda: queue(ignore_changes=["tags", "name"]), lambda: queue(ignore_changes=["name"]))
    assert (kinds(found), listed(found)) == ({}, [("q", "tags")])
    found = compared(lambda: queue(ignore_changes=["tags.a"]), lambda: queue(ignore_changes=["tags"]))
    assert (kinds(found), listed(found)) == ({}, [])


def test_pods_are_exchanged_for_a_config_map_that_is_recreated():
    def program(value):
        settings = kubernetes.core.v1.ConfigMap("c", data={"x": value})
        source = [{"configMapRef": {"name": settings.metadata["name"]}}]
        pod = {"containers": [{"name": "c", "image": "n:1", "envFrom": source}]}
        template = {"metadata": {"labels": {"a": "b"}}, "spec": pod}
        kubernetes.apps.v1.Deployment("d", spec={"selector": {"matchLabels": {"a": "b"}}, "template": template})

    base, head = plan(lambda: program("a")), plan(lambda: program("b"))
    risks = assess(base, head, compare(base, head).changes)
    assert "The pods of d are exchanged, some at a time." in [risk.title for risk in risks]
