"""Where a component's Kubernetes objects go, and what outlives them."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks import GpuNodePool, InferenceService, Monitoring, UserError
from aistacks._kubernetes.cluster import ClusterProvider
from aistacks.component import Component

POOL = {"cluster_name": "main", "node_role_name": "nodes", "instance_types": ["g5.xlarge"]}
SERVICE = {"namespace": "vision", "model": "digits", "model_digest": "0" * 64, "model_store_bucket": "models"}


class Team(Component):
    """A namespace and a queue."""

    def __init__(self, name, opts=None, kubeconfig=None):
        super().__init__(name, opts, kubeconfig)
        child = pulumi.ResourceOptions(parent=self)
        kubernetes.core.v1.Namespace(f"{name}-space", opts=child)
        aws.sqs.Queue(f"{name}-queue", opts=child)


def test_children_go_to_the_cluster_of_the_kubeconfig(record):
    plan = record(lambda: Team("team", kubeconfig="{}"))
    own = plan.one("pulumi:providers:kubernetes", "team-cluster")
    assert own.parent == plan["team"].urn
    assert plan["team-space"].provider.startswith(own.urn)
    assert not plan["team-queue"].provider.startswith(own.urn)


@pytest.mark.parametrize("way", ["provider", "list", "mapping"])
def test_one_cluster_is_given_not_two(record, way):
    def program():
        there = kubernetes.Provider("there", kubeconfig="{}")
        given = {"provider": there} if way == "provider" else {"providers": [there]}
        given = {"providers": {"kubernetes": there}} if way == "mapping" else given
        Team("team", pulumi.ResourceOptions(**given), "{}")

    with pytest.raises(UserError, match="Team 'team': kubeconfig: got a Kubernetes provider in opts, too"):
        record(program)


def test_an_aws_provider_goes_with_a_kubeconfig(record):
    def program():
        Team("team", pulumi.ResourceOptions(provider=aws.Provider("there", region="eu-west-1")), "{}")

    plan = record(program)
    assert plan["team-queue"].provider.startswith(plan.one("pulumi:providers:aws", "there").urn)


def test_children_go_before_what_their_cluster_needs_for_them_and_others_do_not(record):
    def program():
        there = ClusterProvider("there", kubeconfig="{}")
        there.prerequisites = [aws.sqs.Queue("nodes")]
        Team("team", pulumi.ResourceOptions(provider=there))

    plan = record(program)
    assert plan["nodes"].urn in plan["team-space"].dependencies
    assert plan["nodes"].urn not in plan["team-queue"].dependencies


@pytest.mark.parametrize(
    ("kind", "args"), [(GpuNodePool, POOL), (InferenceService, SERVICE), (Monitoring, {})], ids=lambda v: str(v)[:20]
)
def test_every_component_of_kubernetes_objects_takes_a_kubeconfig(record, kind, args):
    plan = record(lambda: kind("it", {**args, "kubeconfig": "{}"}))
    own = plan.one("pulumi:providers:kubernetes", "it-cluster").urn
    objects = [r for r in plan.resources if r.type.startswith("kubernetes:")]
    assert objects
    assert all(made.provider.startswith(own) for made in objects)
