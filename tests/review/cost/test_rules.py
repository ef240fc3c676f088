"""Each rule: what it counts, at what range, and what it leaves unpriced."""

import pytest

from aistacks_core.snapshot import UNKNOWN

HOURS = 730


def amounts(estimate):
    """What each line says, with its quantity's range."""
    return {line.what: (line.quantity.low, line.quantity.expected, line.quantity.high) for line in estimate.lines}


def reasons(estimate):
    return [f"{u.what}: {u.reason}" for u in estimate.unpriced]


def test_a_gateway_is_paid_by_the_hour_and_by_the_gigabyte(bill, make, prices):
    found = bill(
        [make("aws:ec2/natGateway:NatGateway")], prices(vpc__NAT_gateway=0.1, vpc__NAT_gateway_data=0.2), nat_gb=10
    )
    assert amounts(found) == {"NAT gateway, hours": (HOURS,) * 3, "NAT gateway, data": (0, 10, 30)}
    assert found.total.expected == pytest.approx(73 + 2)
    assert found.total.high == pytest.approx(73 + 6)
    assert found.lines[1].assumption == "nat_gb 10: GB through each NAT gateway, both ways"


@pytest.mark.parametrize(
    ("inputs", "hours"),
    [
        ({"subnetIds": [UNKNOWN, UNKNOWN, UNKNOWN]}, (3 * HOURS,) * 3),
        ({"subnetIds": ["a-zz0123456789abzz"]}, (HOURS,) * 3),
        ({"subnetIds": []}, (HOURS,) * 3),
        ({}, (HOURS,) * 3),
        ({"subnetIds": UNKNOWN}, (HOURS, 3 * HOURS, 3 * HOURS)),
    ],
)
def test_an_interface_endpoint_is_paid_in_each_zone(bill, make, prices, inputs, hours):
    book = prices(vpc__interface_endpoint=0.01, vpc__interface_endpoint_data=0.01)
    inputs = {"vpcEndpointType": "Interface", "serviceName": "com.amazonaws.us-east-1.logs", **inputs}
    found = bill([make("aws:ec2/vpcEndpoint:VpcEndpoint", inputs=inputs)], book)
    assert amounts(found)["endpoint to us-east-1.logs, hours in each zone"] == hours


@pytest.mark.parametrize("inputs", [{}, {"vpcEndpointType": "Gateway"}])
def test_a_gateway_endpoint_is_free(bill, make, prices, inputs):
    found = bill([make("aws:ec2/vpcEndpoint:VpcEndpoint", inputs=inputs)], prices())
    assert (found.free, found.lines, found.unpriced) == (1, [], [])


@pytest.mark.parametrize("kind", [UNKNOWN, "ServiceNetwork", None, 3])
def test_an_endpoint_of_an_unknown_kind_is_unpriced(bill, make, prices, kind):
    found = bill([make("aws:ec2/vpcEndpoint:VpcEndpoint", inputs={"vpcEndpointType": kind})], prices())
    assert reasons(found) == ["endpoint: its kind isn't known before deployment or has no pricing rule"]


@pytest.mark.parametrize(
    ("inputs", "extended"),
    [
        ({"version": "1.35"}, None),
        ({"version": "1.33"}, (HOURS,) * 3),
        ({"version": "1.33", "upgradePolicy": {"supportType": "EXTENDED"}}, (HOURS,) * 3),
        ({"version": "1.33", "upgradePolicy": {"supportType": "STANDARD"}}, None),
        ({"version": "1.36"}, (0, 0, HOURS)),
        ({"version": "9.99"}, (0, 0, HOURS)),
        ({"version": UNKNOWN}, (0, 0, HOURS)),
        ({}, (0, 0, HOURS)),
    ],
)
def test_a_version_past_standard_support_costs_more(bill, make, prices, inputs, extended):
    book = prices(eks__control_plane=0.1, eks__extended_support=0.5)
    found = amounts(bill([make("aws:eks/cluster:Cluster", inputs=inputs)], book))
    assert found.pop("EKS control plane, hours") == (HOURS,) * 3
    assert list(found.values()) == ([] if extended is None else [extended])


def test_a_bucket_may_have_its_own_figure(bill, make, prices):
    book = prices(s3__storage=1, s3__writing_requests=0, s3__reading_requests=0)
    found = bill(
        [make("aws:s3/bucket:Bucket", "lake"), make("aws:s3/bucket:Bucket", "logs")], book, buckets={"lake": 5}
    )
    assert [line.monthly.expected for line in found.lines if line.what == "bucket, stored"] == [5, 100]
    said = [line.assumption.partition(" ")[0] for line in found.lines if line.what == "bucket, stored"]
    assert said == ["buckets.lake", "bucket_gb"]


def test_a_key_that_rotates_may_have_two_versions(bill, make, prices):
    book = prices(kms__key=1, kms__requests=0.000003)
    one = amounts(bill([make("aws:kms/key:Key")], book))["key"]
    two = amounts(bill([make("aws:kms/key:Key", inputs={"enableKeyRotation": True})], book))["key"]
    assert (one, two) == ((1, 1, 1), (1, 1, 2))


def test_logs_are_paid_when_they_come_and_while_they_are_kept(bill, make, prices):
    book = prices(logs__ingested=0.5, logs__vended=0.25, logs__stored=0.03)
    group = make("aws:cloudwatch/logGroup:LogGroup", "flows", {"retentionInDays": 73})
    flow = make("aws:ec2/flowLog:FlowLog", property_dependencies={"logDestination": (group.urn,)})
    found = bill([group, flow], book, flow_log_gb=10)
    # 73 days are 2.4 months of a year's twelfth.
    assert amounts(found) == {"log group, taken in": (0, 10, 30), "log group, 73 days kept": (0, 24, pytest.approx(72))}
    assert found.lines[0].monthly.expected == 2.5
    assert found.free == 1


def test_a_control_planes_logs_have_their_own_figure(bill, make, prices):
    group = make("aws:cloudwatch/logGroup:LogGroup", "x", {"name": "/aws/eks/prod/cluster", "retentionInDays": 1})
    assert bill([group], prices(logs__ingested=1, logs__stored=0)).lines[0].assumption.startswith("cluster_log_gb ")


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({}, "it keeps everything for ever"),
        ({"retentionInDays": UNKNOWN}, "its retention isn't known before deployment"),
    ],
)
def test_logs_without_an_end_are_said(bill, make, prices, inputs, reason):
    found = bill([make("aws:cloudwatch/logGroup:LogGroup", inputs=inputs)], prices(logs__ingested=1, logs__stored=1))
    assert reason in reasons(found)[0]


GROUP = {"capacityType": "ON_DEMAND", "scalingConfig": {"minSize": 2, "desiredSize": 3, "maxSize": 4}}
TEMPLATE = {"blockDeviceMappings": [{"ebs": {"volumeType": "gp3", "volumeSize": 50}}]}


def node_group(make, inputs, template=TEMPLATE):
    lt = make("aws:ec2/launchTemplate:LaunchTemplate", inputs=template)
    group = make(
        "aws:eks/nodeGroup:NodeGroup",
        inputs={"launchTemplate": {"id": UNKNOWN}, **GROUP, **inputs},
        property_dependencies={"launchTemplate": (lt.urn,)},
    )
    return [lt, group]


def test_nodes_range_from_the_fewest_and_cheapest_to_the_most_and_dearest(bill, make, table):
    book = table("us-east-1", {("ec2", "on-demand a"): 2.0, ("ec2", "on-demand b"): 1.0, ("ebs", "gp3"): 0.1})
    found = bill(node_group(make, {"instanceTypes": ["a", "b"]}), book)
    nodes, disks = found.lines
    assert nodes.what == "nodes, a or b on-demand"
    assert (nodes.monthly.low, nodes.monthly.expected, nodes.monthly.high) == (2 * 730, 3 * 730 * 2, 4 * 730 * 2)
    assert (disks.quantity.low, disks.quantity.high) == (100, 200)


def test_spot_nodes_cost_the_spot_price_and_at_most_the_list_price(bill, make, table):
    book = table("us-east-1", {("ec2", "on-demand a"): 2.0, ("ec2", "spot a"): 0.5, ("ebs", "gp3"): 0})
    nodes = bill(node_group(make, {"instanceTypes": ["a"], "capacityType": "SPOT"}), book).lines[0]
    assert (nodes.monthly.low, nodes.monthly.expected, nodes.monthly.high) == (730, 1095, 5840)


def test_spot_without_a_price_counts_as_on_demand_and_is_said(bill, make, table):
    book = table("us-east-1", {("ec2", "on-demand a"): 2.0, ("ebs", "gp3"): 0})
    found = bill(node_group(make, {"instanceTypes": ["a"], "capacityType": "SPOT"}), book)
    assert found.lines[0].monthly.expected == 3 * 730 * 2
    assert "no price of ec2 spot a; counted as on-demand" in reasons(found)[0]


@pytest.mark.parametrize(
    "inputs",
    [
        {"instanceTypes": UNKNOWN},
        {"instanceTypes": ["a", UNKNOWN]},
        {"instanceTypes": []},
        {"instanceTypes": ["a"], "scalingConfig": UNKNOWN},
        {"instanceTypes": ["a"], "scalingConfig": {"minSize": UNKNOWN, "maxSize": 3}},
        {"instanceTypes": ["a"], "scalingConfig": {}},
    ],
)
def test_nodes_of_unknown_size_or_type_are_unpriced(bill, make, table, inputs):
    found = bill(node_group(make, inputs), table("us-east-1", {("ec2", "on-demand a"): 2.0}))
    assert reasons(found) == ["nodes: its size or its instance types aren't known before deployment"]


def test_a_node_group_that_names_nothing_has_the_defaults_of_eks(bill, make, table):
    book = table("us-east-1", {("ec2", "on-demand t3.medium"): 1.0, ("ebs", "gp3"): 1.0})
    found = bill([make("aws:eks/nodeGroup:NodeGroup", inputs=GROUP)], book)
    assert found.lines[0].what == "nodes, t3.medium on-demand"
    assert found.lines[1].quantity.expected == 60


def test_a_desired_size_outside_its_bounds_is_brought_back(bill, make, table):
    sizes = {"scalingConfig": {"minSize": 2, "desiredSize": 9, "maxSize": 4}}
    book = table("us-east-1", {("ec2", "on-demand a"): 1.0, ("ebs", "gp3"): 0})
    assert bill(node_group(make, {"instanceTypes": ["a"], **sizes}), book).lines[0].quantity.expected == 4 * 730


def test_volumes_pay_for_what_is_more_than_they_come_with(bill, make, table):
    book = table("us-east-1", {("ebs", "gp3"): 0.1, ("ebs", "gp3 IOPS"): 0.01, ("ebs", "gp3 throughput"): 40})
    disk = {"type": "gp3", "size": 100, "iops": 4000, "throughput": 637}
    found = bill([make("aws:ebs/volume:Volume", inputs=disk)], book)
    assert [line.monthly.expected for line in found.lines] == pytest.approx([10, 10, 20])


def test_an_instance_and_its_volumes(bill, make, table):
    book = table("us-east-1", {("ec2", "on-demand m5.large"): 0.1, ("ebs", "gp3"): 0.1})
    inputs = {"instanceType": "m5.large", "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 30}}
    found = bill([make("aws:ec2/instance:Instance", inputs=inputs)], book)
    assert [line.monthly.expected for line in found.lines] == pytest.approx([73, 3])
    assert reasons(found) == [
        "public IPv4 address: the price book of us-east-1 has no price of vpc public IPv4 address"
    ]
    unknown = bill([make("aws:ec2/instance:Instance", inputs={"instanceType": UNKNOWN})], book)
    assert reasons(unknown)[:2] == [
        "instance: its type isn't known before deployment",
        "root volume: its size is its image's",
    ]


def serverless(make, limits, **workgroup):
    group = make("aws:redshiftserverless/workgroup:Workgroup", inputs={"baseCapacity": 8, **workgroup})
    made = [
        make(
            "aws:redshiftserverless/usageLimit:UsageLimit",
            str(n),
            inputs=limit,
            property_dependencies={"resourceArn": (group.urn,)},
        )
        for n, limit in enumerate(limits)
    ]
    return [group, *made]


DAILY = {"amount": 24, "period": "daily", "breachAction": "deactivate", "usageType": "serverless-compute"}


@pytest.mark.parametrize(
    ("limits", "workgroup", "high"),
    [
        ([DAILY], {"maxCapacity": 16}, 730),
        ([{**DAILY, "period": "weekly", "amount": 168}], {"maxCapacity": 16}, 730),
        ([{**DAILY, "breachAction": "log"}], {"maxCapacity": 16}, 16 * 730),
        ([{**DAILY, "amount": UNKNOWN}], {"maxCapacity": 16}, 16 * 730),
        ([], {"maxCapacity": 16}, 16 * 730),
        ([DAILY], {}, 730),
    ],
)
def test_a_serverless_warehouse_ends_at_its_limit(bill, make, prices, limits, workgroup, high):
    found = bill(serverless(make, limits, **workgroup), prices(redshift__serverless=1), warehouse_hours=10)
    assert amounts(found)["serverless warehouse, RPU-hours"] == (0, 80, pytest.approx(high))
    assert found.unpriced == []


def test_a_serverless_warehouse_without_an_end_is_said(bill, make, prices):
    found = bill(serverless(make, []), prices(redshift__serverless=1))
    assert "neither a maximum capacity nor a usage limit" in reasons(found)[0]
    unknown = bill(serverless(make, [], baseCapacity=UNKNOWN), prices(redshift__serverless=1))
    assert (unknown.lines, len(unknown.unpriced)) == ([], 1)


def test_queries_never_cost_more_than_the_limit(bill, make, prices):
    found = bill(serverless(make, [{**DAILY, "amount": 1}]), prices(redshift__serverless=1), warehouse_hours=700)
    line = found.lines[0]
    assert line.quantity.expected == line.quantity.high == pytest.approx(730 / 24)


def test_a_warehouse_of_nodes_runs_all_month_in_each_zone(bill, make, table):
    book = table("us-east-1", {("redshift", "node ra3.large"): 0.5, ("redshift", "managed storage"): 0.02})
    inputs = {"nodeType": "ra3.large", "numberOfNodes": 2, "multiAz": True}
    found = bill([make("aws:redshift/cluster:Cluster", inputs=inputs)], book, warehouse_gb=100)
    assert [line.monthly.expected for line in found.lines] == pytest.approx([2 * 2 * 730 * 0.5, 2])
    unknown = bill([make("aws:redshift/cluster:Cluster", inputs={"nodeType": UNKNOWN})], book)
    assert reasons(unknown) == ["warehouse nodes: their type or number isn't known before deployment"]


def test_a_managed_password_is_a_secret(bill, make, prices):
    book = prices(secretsmanager__secret=0.4, secretsmanager__requests=0, redshift__managed_storage=0)
    found = bill([make("aws:redshiftserverless/namespace:Namespace", inputs={"manageAdminPassword": True})], book)
    assert amounts(found)["managed password"] == (1, 1, 1)


@pytest.mark.parametrize("type_", ["aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"])
def test_a_load_balancer_is_an_application_one_by_default(bill, make, prices, type_):
    book = prices(elb__application=0.02, elb__application_LCU=0.01, elb__network=1, elb__network_LCU=1)
    assert bill([make(type_)], book).total.expected == pytest.approx(730 * 0.03)
    assert bill([make(type_, inputs={"loadBalancerType": "network"})], book).total.expected == pytest.approx(1460)
    assert len(bill([make(type_, inputs={"loadBalancerType": "gateway"})], book).unpriced) == 1


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        ("aws:sqs/queue:Queue", {"fifoQueue": True}),
        ("aws:sns/topic:Topic", {"fifoTopic": True}),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"period": 10}),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"metricQueries": [{}]}),
        ("aws:sagemaker/endpoint:Endpoint", {}),
        ("kubernetes:s3.services.k8s.aws/v1alpha1:Bucket", {}),
        ("command:local:Command", {}),
    ],
)
def test_what_has_no_rule_is_unpriced_never_zero(bill, make, prices, type_, inputs):
    found = bill([make(type_, inputs=inputs)], prices())
    assert (found.lines, len(found.unpriced), found.free) == ([], 1, 0)
