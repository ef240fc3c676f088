"""Each row of the inventory is held against botocore's models and IAM's actions."""

from __future__ import annotations

import boto3
import jmespath
import pytest

from aistacks_catalog.aws.iam.catalogue import of_pattern
from aistacks_catalog.aws.inventory import Kind, kinds, reads
from aistacks_catalog.aws.prices.book import load
from aistacks_catalog.aws.types.sdk import shape

ROWS = pytest.mark.parametrize("kind", kinds().values(), ids=kinds())


@pytest.fixture(scope="module")
def clients():
    session = boto3.Session("a", "b", region_name="eu-west-1")
    made = {}

    def client(service):
        if service not in made:
            made[service] = session.client(service)
        return made[service]

    return client


def operation(client, call):
    return client.meta.service_model.operation_model(client.meta.method_to_api_mapping[call])


def asked(kind: Kind):
    calls = [kind.listing, kind.tags_of, kind.describe, kind.within, kind.remove, *(s.listing for s in kind.before)]
    return [(call.call, call.arguments) for call in calls if call is not None] + [(s.call, s.each) for s in kind.before]


@ROWS
def test_every_operation_exists_and_takes_these_parameters(kind, clients):
    for call, arguments in asked(kind):
        shape = operation(clients(kind.service), call).input_shape
        members, required = (set(shape.members), set(shape.required_members)) if shape else (set(), set())
        assert set(arguments) <= members, call
        assert required <= set(arguments), call


@ROWS
def test_every_expression_can_be_read(kind):
    texts = [kind.id, kind.arn, kind.state_id, kind.name, kind.tags, kind.created, kind.gone, kind.idle, kind.inside]
    texts += [kind.network, kind.goes_with_parent, kind.refused, kind.mentions[0], *kind.parents]
    texts += [text for _, arguments in asked(kind) for text in arguments.values()]
    texts += [text for charge in kind.cost for text in (charge.item, charge.amount, charge.times)]
    for text in filter(None, texts):
        jmespath.compile(text)


@ROWS
def test_every_type_is_pulumis(kind):
    assert kind.tokens or kind.kind == "recovery point"
    for token in kind.tokens:
        assert shape(token).outputs, token


@ROWS
def test_nothing_that_reads_an_account_changes_it(kind):
    for action in kind.actions:
        assert action.split(":")[1].startswith(("Describe", "Get", "List")), action


def test_every_action_is_one_of_iams():
    assert [action for action in reads() if [each.name for each in of_pattern(action)] != [action]] == []


NOT_IN_THE_BOOKS = {"elb"}
"""Whose prices no book has yet: a load balancer's cost is told as not known."""


@ROWS
def test_what_is_priced_is_in_the_book(kind):
    book = load("eu-west-1")
    for charge in kind.cost:
        if charge.item.startswith("'") and charge.service not in NOT_IN_THE_BOOKS:
            assert book.get(charge.service, charge.item.strip("'")), charge.item


def test_a_whole_goes_after_its_parts():
    rank = {kind.kind: kind.rank for kind in kinds().values()}
    order = ["load balancer", "target group", "network interface", "security group", "VPC", "KMS key"]
    assert [rank[each] for each in order] == sorted(rank[each] for each in order)
    assert rank["backup plan"] < rank["recovery point"] < rank["backup vault"] < rank["KMS key"]
    assert rank["EKS node group"] < rank["EKS cluster"] < rank["IAM role"] < rank["IAM policy"]
