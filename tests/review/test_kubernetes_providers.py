"""Settings of a Kubernetes provider hold for what it makes."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks_review.compare.comparison import compare
from aistacks_review.record.recorder import record


def changes(before, after, config=({}, {})):
    base, head = (
        record(p, config={"aws:region": "eu-west-1", **c}, symbols=True)
        for p, c in zip((before, after), config, strict=True)
    )
    return {c.name: c for c in compare(base, head).changes}


def kinds(*args, **options):
    return {name: c.kind.value for name, c in changes(*args, **options).items()}


def kubeconfig(server, user="me", context="one"):
    return json.dumps(
        {
            "current-context": context,
            "contexts": [
                {"name": "one", "context": {"cluster": "first", "user": user}},
                {"name": "two", "context": {"cluster": "second", "user": user}},
            ],
            "clusters": [
                {"name": "first", "cluster": {"server": server}},
                {"name": "second", "cluster": {"server": "https://second"}},
            ],
        }
    )


def program(**settings):
    def run():
        provider = kubernetes.Provider("cluster", **settings)
        opts = pulumi.ResourceOptions(provider=provider)
        kubernetes.core.v1.ConfigMap("map", metadata={"name": "map"}, data={"a": "b"}, opts=opts)
        kubernetes.core.v1.ConfigMap("placed", metadata={"name": "p", "namespace": "apps"}, opts=opts)
        kubernetes.core.v1.Namespace("space", metadata={"name": "space"}, opts=opts)

    return run


def test_another_default_namespace_replaces_what_names_none():
    found = changes(program(), program(namespace="apps"))
    assert {name: c.kind.value for name, c in found.items()} == {"cluster": "update", "map": "replace"}
    (moved,) = found["map"].properties
    assert (moved.path, moved.before, moved.after) == ("metadata.namespace", "default", "apps")


def test_a_default_namespace_of_the_stacks_settings_counts():
    def run():
        kubernetes.core.v1.ConfigMap("map", metadata={"name": "map"})

    assert kinds(run, run, config=({}, {"kubernetes:namespace": "apps"})) == {"map": "replace"}


def test_of_a_custom_kind_nobody_knows_whether_it_is_in_a_namespace():
    def run(**settings):
        provider = kubernetes.Provider("cluster", **settings)
        opts = pulumi.ResourceOptions(provider=provider)
        kubernetes.apiextensions.CustomResource(
            "it", api_version="a.io/v1", kind="Thing", metadata={"name": "it"}, spec={}, opts=opts
        )

    found = changes(lambda: run(), lambda: run(namespace="apps"))["it"]
    assert (found.kind.value, found.may_replace) == ("update", True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"kubeconfig": kubeconfig("https://a")}, {"kubeconfig": kubeconfig("https://b")}),
        ({"kubeconfig": kubeconfig("https://a")}, {"kubeconfig": kubeconfig("https://a"), "context": "two"}),
        ({"kubeconfig": kubeconfig("https://a")}, {"kubeconfig": kubeconfig("https://a"), "cluster": "second"}),
        ({"cluster_identifier": "a"}, {"cluster_identifier": "b"}),
    ],
)
def test_another_cluster_replaces_everything(before, after):
    assert kinds(program(**before), program(**after)) == dict.fromkeys(("cluster", "map", "placed", "space"), "replace")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"kubeconfig": kubeconfig("https://a")}, {"kubeconfig": kubeconfig("https://a", user="you")}),
        ({}, {"enable_server_side_apply": True}),
        ({}, {"delete_unreachable": True}),
        ({}, {"cluster_identifier": "a"}),
        (
            {"kubeconfig": kubeconfig("https://a"), "cluster_identifier": "a"},
            {"kubeconfig": kubeconfig("https://b"), "cluster_identifier": "a"},
        ),
    ],
)
def test_what_leads_to_the_same_cluster_is_the_providers_change_alone(before, after):
    assert kinds(program(**before), program(**after)) == {"cluster": "update"}


def test_another_provider_of_the_same_settings_changes_nothing_in_the_cluster():
    def run(name):
        provider = kubernetes.Provider(name, kubeconfig=kubeconfig("https://a"))
        opts = pulumi.ResourceOptions(provider=provider)
        kubernetes.core.v1.ConfigMap("map", metadata={"name": "map"}, opts=opts)

    assert kinds(lambda: run("one"), lambda: run("two")) == {"two": "create", "one": "delete"}


def test_a_config_map_that_may_be_changed_is_not_replaced():
    def run(text):
        provider = kubernetes.Provider("cluster", enable_config_map_mutable=True)
        opts = pulumi.ResourceOptions(provider=provider)
        kubernetes.core.v1.ConfigMap("map", metadata={"name": "map"}, data={"a": text}, opts=opts)

    assert kinds(lambda: run("1"), lambda: run("2")) == {"map": "update"}


def test_a_release_goes_to_the_providers_namespace():
    def run(**settings):
        opts = pulumi.ResourceOptions(provider=kubernetes.Provider("cluster", **settings))
        kubernetes.helm.v3.Release("it", chart="c", name="it", opts=opts)

    assert kinds(lambda: run(), lambda: run(namespace="apps"))["it"] == "replace"


def test_a_kubeconfig_of_a_cluster_that_is_replaced_is_not_sure():
    def run(name):
        cluster = aws.eks.Cluster("eks", name=name, role_arn="r", vpc_config={"subnet_ids": ["a"]})
        provider = kubernetes.Provider("cluster", kubeconfig=cluster.endpoint.apply(kubeconfig))
        opts = pulumi.ResourceOptions(provider=provider)
        kubernetes.core.v1.ConfigMap("map", metadata={"name": "map"}, opts=opts)

    found = changes(lambda: run("a"), lambda: run("b"))
    assert (found["map"].kind.value, found["map"].may_replace) == ("update", True)
