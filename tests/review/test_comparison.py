"""What a change does to small programs, compared in process. That the engine says the same is held elsewhere."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from aistacks_core.snapshot import ABSENT
from aistacks_review.compare.changes import ChangeKind
from aistacks_review.compare.comparison import compare
from aistacks_review.record.answers import OfflineAnswers
from aistacks_review.record.recorder import record

REGION = "eu-west-1"


def plan(program, config=None, *, symbols=True):
    return record(
        program, config={"aws:region": REGION, **(config or {})}, answers=OfflineAnswers(REGION), symbols=symbols
    )


def changes(before, after, config=None, **how):
    """Name to change, of two programs; ``config`` is the second one's."""
    found = compare(plan(before, **how), plan(after, config, **how))
    return {change.name: change for change in found.changes}


def kinds(before, after, **how):
    return {name: change.kind.value for name, change in changes(before, after, **how).items()}


def bucket(name="data", opts=None, **args):
    return aws.s3.Bucket(name, **args, opts=opts)


def test_the_same_program_changes_nothing():
    def program():
        network = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")
        aws.ec2.Subnet("sub", vpc_id=network.id, cidr_block="10.0.0.0/24", availability_zone="eu-west-1a")

    found = compare(plan(program), plan(program))
    assert found.changes == []
    assert found.same == 2


@pytest.mark.parametrize("symbols", [True, False])
def test_created_changed_and_deleted(symbols):
    def before():
        bucket("stays", tags={"a": "1"})
        bucket("goes")

    def after():
        bucket("stays", tags={"a": "2"})
        bucket("comes")

    assert kinds(before, after, symbols=symbols) == {"stays": "update", "comes": "create", "goes": "delete"}


def test_without_a_base_everything_is_created():
    found = compare(None, plan(lambda: bucket()))
    assert [c.kind for c in found.changes] == [ChangeKind.CREATE]


def test_a_property_that_can_not_change_in_place_replaces():
    found = changes(
        lambda: aws.ec2.Vpc("net", cidr_block="10.0.0.0/16"), lambda: aws.ec2.Vpc("net", cidr_block="10.1.0.0/16")
    )["net"]
    assert found.kind is ChangeKind.REPLACE
    (change,) = found.properties
    assert (change.path, change.before, change.after, change.replaces) == (
        "cidrBlock",
        "10.0.0.0/16",
        "10.1.0.0/16",
        True,
    )


@pytest.mark.parametrize("symbols", [True, False])
def test_a_replacement_goes_on_to_what_depends_on_it(symbols):
    def program(cidr):
        network = aws.ec2.Vpc("net", cidr_block=cidr)
        aws.ec2.Subnet("sub", vpc_id=network.id, cidr_block="10.0.0.0/24")
        group = aws.ec2.SecurityGroup("group", vpc_id=network.id)
        aws.ec2.Eip("free")
        aws.vpc.SecurityGroupIngressRule("rule", security_group_id=group.id, ip_protocol="-1", cidr_ipv4="10.0.0.0/8")

    found = kinds(lambda: program("10.0.0.0/16"), lambda: program("10.0.0.0/15"), symbols=symbols)
    assert found == dict.fromkeys(("net", "sub", "group", "rule"), "replace")


def test_the_reason_of_a_follow_on_names_what_is_made_anew():
    def program(cidr):
        network = aws.ec2.Vpc("net", cidr_block=cidr)
        aws.ec2.Subnet("sub", vpc_id=network.id, cidr_block="10.0.0.0/24")

    found = changes(lambda: program("10.0.0.0/16"), lambda: program("10.0.0.0/15"))
    assert found["sub"].reason == "net is recreated"


def test_an_update_of_what_it_depends_on_is_no_change():
    def program(tag):
        target = bucket("data", tags={"t": tag})
        aws.s3.BucketVersioning("versions", bucket=target.id, versioning_configuration={"status": "Enabled"})

    assert kinds(lambda: program("1"), lambda: program("2")) == {"data": "update"}


def test_a_policy_is_compared_statement_by_statement_though_it_names_what_is_not_known():
    def program(action):
        target = bucket("data")
        document = pulumi.Output.json_dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": target.arn}]}
        )
        aws.iam.Policy("policy", policy=document)

    found = changes(lambda: program("s3:GetObject"), lambda: program("s3:*"))["policy"]
    assert [(p.path, p.before, p.after) for p in found.properties] == [
        ("policy.Statement[0].Action", "s3:GetObject", "s3:*")
    ]


def test_a_rename_with_an_alias_moves_and_leaves_dependents_alone():
    def program(name, aliases):
        target = bucket(name, pulumi.ResourceOptions(aliases=aliases))
        aws.s3.BucketVersioning("versions", bucket=target.id, versioning_configuration={"status": "Enabled"})
        aws.iam.Policy("policy", policy=target.arn.apply(lambda arn: json.dumps({"Resource": arn})))

    found = changes(lambda: program("old", []), lambda: program("new", [pulumi.Alias(name="old")]))
    assert {name: c.kind for name, c in found.items()} == {"new": ChangeKind.MOVE}
    assert found["new"].reason == "renamed from old"


def test_a_rename_without_an_alias_is_a_new_one_and_a_lost_one():
    found = kinds(lambda: bucket("old"), lambda: bucket("new"))
    assert found == {"new": "create", "old": "delete"}


class Pair(pulumi.ComponentResource):
    def __init__(self, name, opts=None):
        super().__init__("test:index:Pair", name, {}, opts)
        bucket(name, pulumi.ResourceOptions(parent=self))
        bucket(f"{name}-log", pulumi.ResourceOptions(parent=self))


def test_children_go_along_with_a_renamed_component():
    found = kinds(lambda: Pair("old"), lambda: Pair("new", pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")])))
    assert found == {"new": "move", "new-log": "move"}


def test_the_outermost_component_is_named():
    found = changes(lambda: None, lambda: Pair("pair"))
    assert {c.component.rsplit("::", 2)[1] for c in found.values()} == {"test:index:Pair"}


def test_ignored_changes_are_none():
    def program(tag):
        bucket("data", pulumi.ResourceOptions(ignore_changes=["tags"]), tags={"t": tag})

    assert kinds(lambda: program("1"), lambda: program("2")) == {}


def test_replace_on_changes_replaces():
    def program(tag):
        bucket("data", pulumi.ResourceOptions(replace_on_changes=["tags"]), tags={"t": tag})

    assert kinds(lambda: program("1"), lambda: program("2")) == {"data": "replace"}


@pytest.mark.parametrize(("path", "kind"), [("tags", "replace"), ("tags.a", "update"), ("tagsAll", "update")])
def test_replace_on_changes_is_about_what_lies_at_it_or_under_it(path, kind):
    def program(tags):
        bucket("data", pulumi.ResourceOptions(replace_on_changes=[path]), tags=tags)

    assert kinds(lambda: program({"a": "b"}), lambda: program(None)) == {"data": kind}


def test_what_is_deleted_first_takes_along_what_it_feeds():
    def program(tier, opts=None):
        role = "arn:aws:iam::111122223333:role/r"
        network = {"service_ipv4_cidr": tier}
        cluster = aws.eks.Cluster(
            "cluster", name="c", role_arn=role, vpc_config={"subnet_ids": ["a", "b"]}, kubernetes_network_config=network
        )
        aws.eks.AccessEntry("entry", cluster_name=cluster.name, principal_arn=role)
        aws.cloudwatch.LogGroup("log", name="/c", tags={"cluster": cluster.name})
        aws.sqs.Queue("apart", name="apart")

    found = changes(lambda: program("172.20.0.0/16"), lambda: program("172.21.0.0/16"))
    assert {name: change.kind.value for name, change in found.items()} == {"cluster": "replace", "entry": "replace"}
    assert found["entry"].reason == "cluster is deleted before it is recreated"


def test_a_kubernetes_object_under_its_own_name_takes_along_what_it_feeds():
    def program(name, data):
        settings = kubernetes.core.v1.ConfigMap("settings", metadata={"name": name}, data={"a": data}, immutable=True)
        fed = {"name": settings.metadata["name"]}
        kubernetes.core.v1.ConfigMap("more", metadata={"name": "more"}, data=fed, immutable=True)

    assert kinds(lambda: program("fixed", "1"), lambda: program("fixed", "2")) == {
        "settings": "replace",
        "more": "replace",
    }


def test_what_is_retained_and_protected_is_said():
    keep = pulumi.ResourceOptions(protect=True, retain_on_delete=True)
    found = changes(lambda: bucket("data", keep), lambda: None)["data"]
    assert (found.kind, found.retained, found.protected) == (ChangeKind.DELETE, True, True)


def test_secrets_are_marked():
    def program(value):
        aws.ssm.Parameter("key", type="SecureString", value=pulumi.Output.secret(value))

    found = changes(lambda: program("one"), lambda: program("two"))["key"]
    assert [p.secret for p in found.properties if p.path == "value"] == [True]


def test_a_kubernetes_secrets_content_is_secret_whatever_the_program_says():
    def program(value):
        kubernetes.core.v1.Secret("key", metadata={"name": "key"}, string_data={"k": value})

    found = changes(lambda: program("one"), lambda: program("two"))["key"]
    assert found.properties
    assert all(p.secret for p in found.properties)


def test_kubernetes_objects_are_replaced_where_the_api_server_would_refuse():
    def program(selector, replicas):
        labels = {"app": selector}
        kubernetes.apps.v1.Deployment(
            "web",
            metadata={"name": "web", "namespace": "apps"},
            spec={
                "replicas": replicas,
                "selector": {"match_labels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
            },
        )

    assert kinds(lambda: program("a", 1), lambda: program("a", 2)) == {"web": "update"}
    assert kinds(lambda: program("a", 1), lambda: program("b", 1)) == {"web": "replace"}


def test_a_lost_cluster_takes_certainty_from_what_is_in_it():
    def program(name):
        cluster = aws.eks.Cluster(
            "cluster", name=name, role_arn="arn:aws:iam::1:role/r", vpc_config={"subnet_ids": ["a", "b"]}
        )
        provider = kubernetes.Provider("inside", kubeconfig=cluster.endpoint)
        opts = pulumi.ResourceOptions(provider=provider)
        kubernetes.core.v1.Namespace("space", metadata={"name": "space"}, opts=opts)

    found = changes(lambda: program("one"), lambda: program("two"))
    assert found["cluster"].kind is ChangeKind.REPLACE
    assert found["space"].kind is ChangeKind.UPDATE
    assert found["space"].may_replace


def test_a_new_region_replaces_what_is_regional_and_names_none():
    def program():
        bucket("data")
        aws.iam.Role("role", assume_role_policy="{}")
        aws.sqs.Queue("fixed", region="us-east-1")

    found = kinds(program, program, config={"aws:region": "eu-central-1"})
    assert found == {"data": "replace"}


def test_default_tags_change_everything_that_has_tags():
    tags = json.dumps({"tags": {"Team": "ml"}})

    def program():
        target = bucket("data")
        aws.s3.BucketVersioning("versions", bucket=target.id, versioning_configuration={"status": "Enabled"})

    assert kinds(program, program, config={"aws:defaultTags": tags}) == {"data": "update"}


def test_an_unknown_that_both_sides_have_is_the_same_and_one_from_elsewhere_is_not():
    def program(source):
        template = aws.ec2.LaunchTemplate("one")
        other = aws.ec2.LaunchTemplate("two")
        chosen = {"one": template, "two": other}[source]
        aws.sqs.Queue("queue", delay_seconds=chosen.latest_version)

    assert kinds(lambda: program("one"), lambda: program("one")) == {}
    found = changes(lambda: program("one"), lambda: program("two"))["queue"]
    (change,) = found.properties
    assert change.path == "delaySeconds"


def test_what_types_of_other_providers_do_is_not_claimed():
    class Thing(pulumi.CustomResource):
        def __init__(self, name, size):
            super().__init__("other:index:Thing", name, {"size": size})

    found = changes(lambda: Thing("thing", 1), lambda: Thing("thing", 2))["thing"]
    assert (found.kind, found.may_replace) == (ChangeKind.UPDATE, True)


def test_a_key_that_comes_is_absent_before():
    (change,) = changes(lambda: bucket("data"), lambda: bucket("data", tags={"a": "1"}))["data"].properties
    assert (change.before, change.after) in ((ABSENT, {"a": "1"}), (ABSENT, "1"))


def test_an_import_says_so():
    found = changes(lambda: None, lambda: bucket("data", pulumi.ResourceOptions(import_="mine")))["data"]
    assert found.reason == "imports mine"


def test_a_secret_below_a_key_with_dots_is_known_as_one():
    def program(value):
        aws.ssm.Parameter("p", type="String", value="x", tags={"example.com/token": pulumi.Output.secret(value)})

    (change,) = compare(record(lambda: program("old-1")), record(lambda: program("new-2"))).changes
    told = {p.path: p.secret for p in change.properties}
    assert told['tags["example.com/token"]'] is True


def test_an_older_name_of_a_type_is_the_same_type():
    found = changes(lambda: aws.s3.BucketV2("b"), lambda: aws.s3.Bucket("b"))
    assert [(c.kind, c.reason) for c in found.values()] == [(ChangeKind.MOVE, "its type was aws:s3/bucketV2:BucketV2")]
    found = changes(lambda: aws.s3.BucketV2("b", bucket="one"), lambda: aws.s3.Bucket("b", bucket="two"))
    assert [c.kind for c in found.values()] == [ChangeKind.REPLACE]


def test_another_version_of_a_kubernetes_kind_is_the_same_type():
    ports = {"minReplicas": 1, "maxReplicas": 2, "scaleTargetRef": {"kind": "Deployment", "name": "d"}}
    older, newer = kubernetes.autoscaling.v1.HorizontalPodAutoscaler, kubernetes.autoscaling.v2.HorizontalPodAutoscaler
    found = changes(lambda: older("h", spec=ports), lambda: newer("h", spec=ports))
    assert [c.kind for c in found.values()] == [ChangeKind.UPDATE]


def test_another_type_by_an_alias_is_replaced():
    was = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="aws:sqs/queue:Queue")])
    found = changes(lambda: aws.sqs.Queue("q"), lambda: aws.sns.Topic("q", opts=was))
    assert [(c.kind, c.reason) for c in found.values()] == [(ChangeKind.REPLACE, "its type was aws:sqs/queue:Queue")]
