"""What is a stack's, judged on things as AWS answers them, those that moto can't hold included."""

from __future__ import annotations

from aistacks_catalog.aws.inventory import kinds
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.orphans import Stack, Standing
from aistacks_recovery.orphans.expressions import tags_in, value
from aistacks_recovery.orphans.judging import found_among
from aistacks_recovery.orphans.listing import Thing, kind_of, unlisted
from aistacks_recovery.orphans.prices import monthly

BASIS = {"region": "eu-west-1", "account": "111122223333", "partition": "aws"}
TAG = [{"Key": "aistacks:stack", "Value": "shop/dev"}]


def thing(kind, item, **more):
    """As the listing makes one of an item."""
    row = kinds()[kind]
    context = {**item, **BASIS, **more}
    context["id"] = value(row.id, context)
    context["arn"] = value(row.arn, context)
    context["tags"] = tags_in(more.get("tags") or value(row.tags, context) if row.tags else more.get("tags"))
    return Thing(
        kind, row.type, context["id"], context["arn"], "eu-west-1", context["tags"], data=row.data, context=context
    )


def state(*resources):
    made = [Resource(f"urn:pulumi:dev::shop::{t}::r{i}", t, id_, outputs=o) for i, (t, id_, o) in enumerate(resources)]
    return Deployment(tuple(made), ())


def judged(deployment, *things, **options):
    stack = Stack.of("shop/dev", deployment, "eu-west-1", **options)
    return {each.thing.id: each for each in found_among(stack, things)}


CLUSTER = ("aws:eks/cluster:Cluster", "shop-dev", {"arn": "arn:aws:eks:eu-west-1:111122223333:cluster/shop-dev"})
NODES = ("aws:eks/nodeGroup:NodeGroup", "shop-dev:system", {"resources": [{"autoscalingGroups": [{"name": "x"}]}]})
VPC = ("aws:ec2/vpc:Vpc", "vpc-0123456789abcdef0", {})
NAT = ("aws:ec2/natGateway:NatGateway", "nat-0123456789abcdef0", {})


def test_a_node_groups_machines_and_what_hangs_on_them_belong_to_it():
    of_group = [{"Key": "eks:cluster-name", "Value": "shop-dev"}, {"Key": "eks:nodegroup-name", "Value": "system"}]
    group = thing(
        "auto scaling group",
        {"AutoScalingGroupName": "eks-system-1", "AutoScalingGroupARN": "arn:aws:autoscaling:1", "Tags": of_group},
    )
    of_asg = [{"Key": "aws:autoscaling:groupName", "Value": "eks-system-1"}, *of_group]
    machine = thing("instance", {"InstanceId": "i-0000000000000000a", "Tags": of_asg, "State": {"Name": "running"}})
    disk = thing(
        "volume",
        {
            "VolumeId": "vol-0000000000000000a",
            "State": "in-use",
            "Attachments": [{"InstanceId": "i-0000000000000000a"}],
            "Tags": TAG,
        },
    )
    found = judged(state(CLUSTER, NODES), disk, machine, group)
    assert {id_: each.standing for id_, each in found.items()} == {
        "eks-system-1": Standing.BELONGS,
        "i-0000000000000000a": Standing.BELONGS,
        "vol-0000000000000000a": Standing.BELONGS,
    }
    # Without the node group in the state all three are left.
    assert {each.standing for each in judged(state(), disk, machine, group, clusters=["shop-dev"]).values()} == {
        Standing.ORPHAN
    }


def test_interfaces_that_aws_made_are_parts_of_what_their_description_names():
    def interface(number, text, **more):
        return thing(
            "network interface",
            {
                "NetworkInterfaceId": f"eni-0000000000000000{number}",
                "Description": text,
                "VpcId": VPC[1],
                "Status": "in-use",
                "TagSet": [],
                **more,
            },
        )

    nat = thing("NAT gateway", {"NatGatewayId": NAT[1], "State": "available", "Tags": []})
    cluster = thing("EKS cluster", {"value": "shop-dev", "arn": CLUSTER[2]["arn"]})
    network = thing("VPC", {"VpcId": VPC[1], "Tags": []})
    balancer = thing(
        "load balancer",
        {
            "LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/k8s/0a",
            "Type": "network",
        },
        tags={"elbv2.k8s.aws/cluster": "shop-dev"},
    )
    found = judged(
        state(CLUSTER, VPC, NAT),
        nat,
        cluster,
        network,
        balancer,
        interface(1, f"Interface for NAT Gateway {NAT[1]}", RequesterManaged=True),
        interface(2, "Amazon EKS shop-dev", RequesterManaged=True),
        interface(3, "ELB net/k8s/0a", RequesterManaged=True),
        interface(4, "AWS Lambda VPC ENI-somebody-0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f", RequesterManaged=True),
        interface(5, "by hand", Status="available"),
    )
    assert found["eni-00000000000000001"].part_of == NAT[1]
    assert found["eni-00000000000000002"].part_of == "shop-dev"
    assert found["eni-00000000000000003"].standing is Standing.BELONGS
    # Of a function that nobody here knows, in our network: it stands in the way, and whose it is isn't certain.
    for id_ in ("eni-00000000000000004", "eni-00000000000000005"):
        assert found[id_].standing is Standing.ORPHAN
        assert not found[id_].certain
    assert found["eni-00000000000000004"].refused
    assert not found["eni-00000000000000005"].refused


def test_what_a_living_clusters_controller_made_is_looked_after_unless_nothing_uses_it():
    def disk(number, status):
        tags = [{"Key": "kubernetes.io/cluster/shop-dev", "Value": "owned"}]
        return thing("volume", {"VolumeId": f"vol-0000000000000000{number}", "State": status, "Tags": tags})

    node = thing(
        "instance",
        {
            "InstanceId": "i-0000000000000000b",
            "State": {"Name": "running"},
            "Tags": [
                {"Key": "karpenter.sh/nodepool", "Value": "g"},
                {"Key": "eks:eks-cluster-name", "Value": "shop-dev"},
            ],
        },
    )
    alive = judged(state(CLUSTER), disk(1, "in-use"), disk(2, "available"), node)
    assert alive["vol-00000000000000001"].standing is Standing.CONTROLLED
    assert alive["vol-00000000000000002"].standing is Standing.ORPHAN
    assert alive["i-0000000000000000b"].made_by == "Karpenter"
    assert "delete its NodeClaim" in alive["i-0000000000000000b"].refused
    gone = judged(state(), disk(1, "in-use"), disk(2, "available"), node, clusters=["shop-dev"])
    assert {each.standing for each in gone.values()} == {Standing.ORPHAN}
    assert not gone["i-0000000000000000b"].refused


def test_what_another_stack_says_is_its_own_is_never_ours():
    theirs = [{"Key": "aistacks:stack", "Value": "shop/prod"}]
    owned = {"Key": "kubernetes.io/cluster/shop-dev", "Value": "owned"}
    shared = {"Key": "kubernetes.io/cluster/shop-dev", "Value": "shared"}
    group = {"GroupName": "g", "VpcId": VPC[1]}
    found = judged(
        state(CLUSTER, VPC),
        thing("security group", {**group, "GroupId": "sg-0000000000000000a", "Tags": [*theirs, owned]}),
        thing("security group", {**group, "GroupId": "sg-0000000000000000b", "Tags": [shared]}),
        thing("security group", {**group, "GroupId": "sg-0000000000000000c", "Tags": [owned]}),
        thing("network interface", {"NetworkInterfaceId": "eni-0000000000000000a", "VpcId": VPC[1], "TagSet": theirs}),
        tags={"Environment": "dev"},
    )
    assert set(found) == {"sg-0000000000000000c"}


def test_tags_of_a_program_without_ours_have_to_fit_all():
    def queue(name, **tags):
        return thing("SQS queue", {"value": name, "QueueArn": f"arn:aws:sqs:eu-west-1:111122223333:{name}"}, tags=tags)

    found = judged(
        state(),
        queue("a", Team="x", Stage="dev"),
        queue("b", Team="x", Stage="prod"),
        tags={"Team": "x", "Stage": "dev"},
    )
    assert set(found) == {"a"}


def test_a_default_group_of_a_network_and_a_clusters_own_belong_to_them():
    found = judged(
        state(CLUSTER, VPC),
        thing(
            "security group", {"GroupId": "sg-0000000000000000a", "GroupName": "default", "VpcId": VPC[1], "Tags": TAG}
        ),
        thing(
            "security group",
            {
                "GroupId": "sg-0000000000000000b",
                "GroupName": "eks-cluster-sg-shop-dev-1",
                "VpcId": VPC[1],
                "Tags": [
                    {"Key": "aws:eks:cluster-name", "Value": "shop-dev"},
                    {"Key": "kubernetes.io/cluster/shop-dev", "Value": "owned"},
                ],
            },
        ),
    )
    assert [each.standing for each in found.values()] == [Standing.BELONGS, Standing.BELONGS]


def test_a_table_goes_with_its_database_and_a_manual_snapshot_is_left():
    table = thing("Glue table", {"Name": "t"}, within="shop_dev")
    base = thing("Glue database", {"Name": "shop_dev"}, tags={"aistacks:stack": "shop/dev"})
    assert (
        judged(state(("aws:glue/catalogDatabase:CatalogDatabase", "111122223333:shop_dev", {})), table, base)[
            "shop_dev.t"
        ].standing
        is Standing.BELONGS
    )
    left = judged(state(), table, base)
    assert left["shop_dev.t"].refused == "it goes with shop_dev"

    def snapshot(kind):
        return thing(
            "Redshift snapshot",
            {"SnapshotIdentifier": kind, "ClusterIdentifier": "warehouse", "SnapshotType": kind, "Tags": []},
        )

    warehouse = ("aws:redshift/cluster:Cluster", "warehouse", {})
    found = judged(state(warehouse), snapshot("automated"), snapshot("manual"))
    assert found["automated"].standing is Standing.BELONGS
    assert found["manual"].standing is Standing.ORPHAN
    assert found["manual"].because == "in warehouse"


def test_a_log_group_is_known_by_the_whole_name_of_its_cluster():
    def group(name):
        return thing("log group", {"logGroupName": name})

    ours, theirs = "/aws/eks/shop-dev/cluster", "/aws/eks/shop-dev-2/cluster"
    assert set(judged(state(CLUSTER), group(ours), group(theirs))) == {ours}
    assert judged(state(CLUSTER, ("aws:cloudwatch/logGroup:LogGroup", ours, {})), group(ours)) == {}


def test_what_only_the_tagging_api_knows_is_told_and_not_removed():
    arn = "arn:aws:rds:eu-west-1:111122223333:db:left"
    found = judged(state(), unlisted(arn, {"aistacks:stack": "shop/dev"}))
    assert found["db:left"].thing.kind == "rds db" if "db:left" in found else found["left"].thing.kind == "rds db"
    assert next(iter(found.values())).refused == "how it is removed isn't known here"
    assert kind_of(arn) is None
    assert kind_of("arn:aws:ec2:eu-west-1:1:volume/vol-1").kind == "volume"
    assert kind_of("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/a/b").kind == "load balancer"
    assert kind_of("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/a").kind == "classic load balancer"


def test_listeners_go_with_their_load_balancer():
    base, tags = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:", {"elbv2.k8s.aws/cluster": "shop-dev"}
    balancer = thing(
        "load balancer", {"LoadBalancerArn": f"{base}loadbalancer/net/k8s/0a", "Type": "network"}, tags=tags
    )
    parts = [unlisted(f"{base}{text}", tags) for text in ("listener/net/k8s/0a/0b", "listener-rule/net/k8s/0a/0b/0c")]
    left = judged(state(), *parts, balancer, clusters=["shop-dev"])
    assert [left[each.id].refused for each in parts] == [f"it goes with {balancer.id}"] * 2
    assert [left[each.id].part_of for each in parts] == [balancer.id] * 2
    kept = judged(state(("aws:lb/loadBalancer:LoadBalancer", balancer.id, {})), *parts, balancer)
    assert {each.standing for each in kept.values()} == {Standing.BELONGS}
    alone = judged(state(), *parts, clusters=["shop-dev"])
    assert {each.refused for each in alone.values()} == {"how it is removed isn't known here"}


def test_regions_are_those_that_the_state_names():
    provider = Resource(
        "urn:pulumi:dev::shop::pulumi:providers:aws::us", "pulumi:providers:aws", "1", {"region": "us-west-2"}
    )
    queue = Resource(
        "urn:pulumi:dev::shop::aws:sqs/queue:Queue::q",
        "aws:sqs/queue:Queue",
        "q",
        outputs={"arn": "arn:aws:sqs:eu-west-3:1:q"},
    )
    stack = Stack.of("shop/dev", Deployment((provider, queue), ()), "eu-west-1", regions=["eu-north-1"])
    assert stack.regions == ("eu-north-1", "eu-west-1", "eu-west-3", "us-west-2")


DRIVER = {"ebs.csi.aws.com/cluster": "true", "CSIVolumeSnapshotName": "s", "aistacks:stack": "shop/dev"}


def snapshot(**tags):
    pairs = [{"Key": key, "Value": text} for key, text in tags.items()]
    return thing("snapshot", {"SnapshotId": "snap-0000000000000000a", "Tags": pairs})


def test_a_volume_snapshot_of_a_living_cluster_is_no_orphan_though_it_carries_the_stacks_tag():
    """The driver sets the tag itself (eks_cluster/addons.py); no other controller does."""
    for more in ({}, {"kubernetes.io/cluster/shop-dev": "owned"}):
        (found,) = judged(state(CLUSTER), snapshot(**DRIVER, **more)).values()
        assert found.standing is Standing.CONTROLLED, more
        assert "VolumeSnapshot" in found.refused
        (left,) = judged(state(), snapshot(**DRIVER, **more), clusters=["shop-dev"]).values()
        assert left.standing is Standing.ORPHAN
    (other,) = judged(state(CLUSTER), snapshot(**DRIVER, **{"kubernetes.io/cluster/old": "owned"})).values()
    assert other.standing is Standing.ORPHAN
    (by_hand,) = judged(state(CLUSTER), snapshot(**{"aistacks:stack": "shop/dev"})).values()
    assert by_hand.standing is Standing.ORPHAN


def test_what_a_service_backs_up_by_itself_is_looked_after_by_it():
    """Both copy the tags of what they back up, those of a driver included."""
    for mark in ("aws:backup:source-resource", "aws:dlm:lifecycle-policy-id"):
        for deployment in (state(CLUSTER), state()):
            (found,) = judged(deployment, snapshot(**DRIVER, **{mark: "x"})).values()
            assert found.standing is Standing.CONTROLLED
            assert "deletes it" in found.refused
    warehouse = ("aws:redshift/cluster:Cluster", "warehouse", {})
    taken = thing(
        "Redshift snapshot",
        {
            "SnapshotIdentifier": "awsbackup:job-1",
            "ClusterIdentifier": "warehouse",
            "SnapshotType": "manual",
            "Tags": [{"Key": "aws:backup:source-resource", "Value": "x"}, *TAG],
        },
    )
    assert judged(state(warehouse), taken)["awsbackup:job-1"].standing is Standing.CONTROLLED


def test_a_warehouses_snapshot_that_is_a_recovery_point_is_awss_to_delete():
    """Of a provisioned one nothing but the vault may say so."""
    warehouse = ("aws:redshift/cluster:Cluster", "warehouse", {})
    item = {"SnapshotIdentifier": "s", "ClusterIdentifier": "warehouse", "SnapshotType": "manual", "Tags": TAG}
    taken = thing("Redshift snapshot", item)
    point = thing("recovery point", {"RecoveryPointArn": taken.arn, "Status": "COMPLETED"}, within="somebodys")
    assert judged(state(warehouse), taken)["s"].standing is Standing.ORPHAN
    found = judged(state(warehouse), taken, point)
    assert {id_: each.standing for id_, each in found.items()} == {"s": Standing.CONTROLLED}
    assert found["s"].made_by == "AWS Backup"


def test_recovery_points_belong_to_their_vault():
    point = "arn:aws:backup:eu-west-1:111122223333:recovery-point:1"
    item = {"RecoveryPointArn": point, "ResourceType": "S3", "ResourceArn": "arn:aws:s3:::lake", "Status": "COMPLETED"}
    vault = {"BackupVaultName": "v", "BackupVaultArn": "arn:aws:backup:eu-west-1:111122223333:backup-vault:v"}
    things = (
        thing("recovery point", item, within="v"),
        thing("backup vault", vault, tags={"aistacks:stack": "shop/dev"}),
    )
    kept = judged(state(("aws:backup/vault:Vault", "v", {})), *things)
    assert {id_: each.standing for id_, each in kept.items()} == {point: Standing.BELONGS}
    left = judged(state(), *things)
    assert {id_: each.standing for id_, each in left.items()} == {point: Standing.ORPHAN, "v": Standing.ORPHAN}
    assert left[point].part_of == "v"
    # The Tagging API may tell of them with the store's own tags: they are listed by their vault.
    assert kind_of(point).kind == "recovery point"


def test_a_stack_without_a_state_is_named_by_its_tag():
    queue = thing("SQS queue", {"value": "q", "QueueArn": "arn:q"}, tags={"aistacks:stack": "shop/dev"})
    stack = Stack.of("", Deployment((), ()), "eu-west-1", tags={"aistacks:stack": "shop/dev"})
    assert [each.thing.id for each in found_among(stack, [queue])] == ["q"]


def test_a_spot_instance_costs_what_spot_costs():
    def cost(**more):
        item = {"InstanceId": "i-0000000000000000a", "InstanceType": "g5.xlarge", "State": {"Name": "running"}, **more}
        dollars, _ = monthly(thing("instance", item), "eu-west-1")
        return dollars

    assert 0 < cost(InstanceLifecycle="spot") < cost()
    assert cost(State={"Name": "stopped"}) == 0
