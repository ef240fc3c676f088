"""What a node controller asks of EC2 and gets as from AWS: images, prices, instant fleets."""

from __future__ import annotations

from typing import Any

import pytest

BOTTLEROCKET = "/aws/service/bottlerocket/aws-k8s-1.35-nvidia/{arch}/1.67.0/image_id"


@pytest.mark.parametrize("arch", ["x86_64", "arm64"])
def test_a_public_parameter_names_an_image_that_is_there(client: Any, arch: str) -> None:
    image = client("ssm").get_parameter(Name=BOTTLEROCKET.format(arch=arch))["Parameter"]["Value"]
    (found,) = client("ec2").describe_images(ImageIds=[image])["Images"]
    assert (found["Architecture"], found["Public"]) == (arch, True)
    assert client("ssm").get_parameter(Name=BOTTLEROCKET.format(arch=arch))["Parameter"]["Value"] == image


def test_other_parameters_are_not_there(client: Any) -> None:
    with pytest.raises(client("ssm").exceptions.ParameterNotFound):
        client("ssm").get_parameter(Name="/aws/service/bottlerocket/aws-k8s-1.35/sparc/1.67.0/image_id")


def test_spot_prices_differ_by_type_and_are_of_today(client: Any) -> None:
    found = client("ec2", "eu-west-1").describe_spot_price_history(InstanceTypes=["g5.xlarge", "g5.12xlarge"])
    prices = {each["InstanceType"]: float(each["SpotPrice"]) for each in found["SpotPriceHistory"]}
    assert 0 < prices["g5.xlarge"] < prices["g5.12xlarge"]
    assert {each["Timestamp"].year for each in found["SpotPriceHistory"]} >= {2026}


def fleet(client: Any, network: dict[str, Any], market: str, *types: str) -> dict[str, Any]:
    ec2 = client("ec2")
    name = f"fleet-{market}-{'-'.join(types)}"
    group = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network["vpc"]]}])["SecurityGroups"][0]
    template = ec2.create_launch_template(
        LaunchTemplateName=name,
        LaunchTemplateData={
            "ImageId": "ami-12c6146b",
            "SecurityGroupIds": [group["GroupId"]],
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "of", "Value": "template"}]}],
        },
    )["LaunchTemplate"]
    answer = ec2.create_fleet(
        Type="instant",
        TargetCapacitySpecification={"TotalTargetCapacity": 1, "DefaultTargetCapacityType": market},
        SpotOptions={"AllocationStrategy": "price-capacity-optimized"},
        LaunchTemplateConfigs=[
            {
                "LaunchTemplateSpecification": {"LaunchTemplateId": template["LaunchTemplateId"], "Version": "$Latest"},
                "Overrides": [{"InstanceType": kind, "SubnetId": network["subnets"][0]} for kind in types],
            }
        ],
        TagSpecifications=[{"ResourceType": "instance", "Tags": [{"Key": "by", "Value": "fleet"}]}],
    )
    ids = [id_ for each in answer["Instances"] for id_ in each["InstanceIds"]]
    (instance,) = ec2.describe_instances(InstanceIds=ids)["Reservations"][0]["Instances"]
    return {**instance, "answer": answer, "group": group["GroupId"]}


def test_the_cheapest_type_is_launched_as_the_template_says(client: Any, network: dict[str, Any]) -> None:
    made = fleet(client, network, "spot", "g5.12xlarge", "g5.xlarge")
    assert made["InstanceType"] == "g5.xlarge"
    assert made["answer"]["Instances"][0]["Lifecycle"] == "spot" and made["InstanceLifecycle"] == "spot"
    assert made["SpotInstanceRequestId"].startswith("sir-")
    assert [each["GroupId"] for each in made["SecurityGroups"]] == [made["group"]]
    assert made["MetadataOptions"]["HttpTokens"] == "required"
    assert {("of", "template"), ("by", "fleet")} <= {(tag["Key"], tag["Value"]) for tag in made["Tags"]}


def test_on_demand_has_no_spot_request(client: Any, network: dict[str, Any]) -> None:
    made = fleet(client, network, "on-demand", "m5.large", "m5.xlarge")
    assert made["InstanceType"] == "m5.large"
    assert "SpotInstanceRequestId" not in made and "InstanceLifecycle" not in made


def test_profiles_are_listed_by_their_path(client: Any) -> None:
    iam = client("iam")
    iam.create_instance_profile(InstanceProfileName="of-karpenter", Path="/karpenter/a/")
    names = [
        each["InstanceProfileName"]
        for each in iam.list_instance_profiles(PathPrefix="/karpenter/a/")["InstanceProfiles"]
    ]
    assert names == ["of-karpenter"]
    assert iam.list_instance_profiles(PathPrefix="/karpenter/b/")["InstanceProfiles"] == []
