"""Which comes first in a replacement: as the engine and the providers decide it."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks_review.compare.changes import ChangeKind
from aistacks_review.compare.comparison import compare
from aistacks_review.record.recorder import record
from aistacks_review.risk import assess


def changed(before, after):
    base, head = (record(p, config={"aws:region": "eu-west-1"}, symbols=True) for p in (before, after))
    found = compare(base, head)
    return {c.name: c for c in found.changes}, [r.title + r.reason for r in assess(base, head, found.changes)]


def order(program, one, two, name="it"):
    return changed(lambda: program(one), lambda: program(two))[0][name].delete_first


def queue(name):
    return lambda fifo, opts=None: aws.sqs.Queue("it", name=name, fifo_queue=fifo, opts=opts)


def test_a_name_of_its_own_is_deleted_first_and_a_made_one_after():
    assert order(queue("jobs.fifo"), True, False) is True
    assert order(queue(None), True, False) is False


def test_a_name_that_changes_is_deleted_first_for_the_bridge_asks_only_whose_it_is():
    """``nameRequiresDeleteBeforeReplace``: any name that the program gives, unless the type says otherwise."""
    assert order(lambda name: aws.sqs.Queue("it", name=name), "a", "b") is True


def test_a_name_in_the_newer_framework_says_nothing():
    assert order(lambda pool: aws.cognito.UserPoolClient("it", name="web", user_pool_id=pool), "a", "b") is False


def test_a_table_of_the_catalogue_has_no_name_that_the_bridge_knows():
    assert order(lambda base: aws.glue.CatalogTable("it", name="t", database_name=base), "a", "b") is False


def test_the_programs_option_wins():
    def program(choice):
        return lambda fifo: queue("jobs.fifo")(fifo, pulumi.ResourceOptions(delete_before_replace=choice))

    assert order(program(False), True, False) is False
    assert order(program(True), True, False) is True


def test_a_name_from_elsewhere_is_one_that_is_given():
    def program(fifo):
        other = aws.s3.Bucket("other")
        aws.sqs.Queue("it", name=other.bucket, fifo_queue=fifo)

    assert order(program, True, False) is True


def deployment(name, namespace="apps"):
    def program(app):
        labels = {"app": app}
        kubernetes.apps.v1.Deployment(
            "it",
            metadata={"namespace": namespace, **({"name": name} if name else {})},
            spec={
                "selector": {"match_labels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
            },
        )

    return program


def test_a_kubernetes_object_is_deleted_first_where_its_name_is_given():
    assert order(deployment("web"), "a", "b") is True
    assert order(deployment(None), "a", "b") is False


def test_the_risks_tell_it():
    _, told = changed(lambda: deployment("web")("a"), lambda: deployment("web")("b"))
    assert any("no pod serves meanwhile" in text for text in told)
    _, told = changed(lambda: deployment(None)("a"), lambda: deployment(None)("b"))
    assert told
    assert not any("no pod serves" in text for text in told)


@pytest.mark.parametrize(("name", "words"), [("fixed", "goes before"), (None, "goes after")])
def test_the_risk_of_a_group_of_nodes_tells_it(name, words):
    def program(types):
        aws.eks.NodeGroup(
            "it",
            cluster_name="c",
            node_group_name=name,
            node_role_arn="r",
            subnet_ids=["s"],
            instance_types=types,
            scaling_config={"desired_size": 1, "max_size": 1, "min_size": 1},
        )

    _, told = changed(lambda: program(["m7i.large"]), lambda: program(["m6i.large"]))
    assert any(f"the old one {words} the new one is there" in text for text in told)


def test_what_is_taken_along_is_deleted_first():
    def program(cidr):
        role = "arn:aws:iam::111122223333:role/r"
        cluster = aws.eks.Cluster(
            "it",
            name="c",
            role_arn=role,
            vpc_config={"subnet_ids": ["a", "b"]},
            kubernetes_network_config={"service_ipv4_cidr": cidr},
        )
        aws.eks.AccessEntry("entry", cluster_name=cluster.name, principal_arn=role)

    found, _ = changed(lambda: program("172.20.0.0/16"), lambda: program("172.21.0.0/16"))
    assert {name: c.delete_first for name, c in found.items()} == {"it": True, "entry": True}


def test_of_another_provider_nobody_here_knows():
    class Thing(pulumi.CustomResource):
        def __init__(self, size):
            opts = pulumi.ResourceOptions(replace_on_changes=["size"])
            super().__init__("other:index:Thing", "it", {"size": size}, opts)

    found, _ = changed(lambda: Thing(1), lambda: Thing(2))
    assert (found["it"].kind, found["it"].delete_first) == (ChangeKind.REPLACE, None)
