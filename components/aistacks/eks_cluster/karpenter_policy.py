"""IAM policies of Karpenter's controller, limited to one cluster by tags.

The actions and conditions are those of Karpenter's reference policies, "CloudFormation" in its documentation
(v1.14).
"""

from dataclasses import dataclass
from typing import Any

import pulumi

Statement = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Cluster name, partition, region and account of the policies."""

    cluster: str
    partition: pulumi.Output[str]
    region: pulumi.Output[str]
    account: pulumi.Output[str]

    @property
    def owner_tag(self) -> str:
        """Tag key that marks an instance as owned by this cluster."""
        return f"kubernetes.io/cluster/{self.cluster}"

    def ec2(self, *kinds: str, account: str = "*") -> list[pulumi.Output[str]]:
        """ARN patterns of these EC2 resource types in the region; those of images and snapshots contain no account."""
        return [
            pulumi.Output.concat("arn:", self.partition, ":ec2:", self.region, f":{account}:{kind}/*") for kind in kinds
        ]

    def instance_profiles(self) -> pulumi.Output[str]:
        """ARN pattern of the account's instance profiles."""
        return pulumi.Output.concat("arn:", self.partition, ":iam::", self.account, ":instance-profile/*")


_LAUNCHED = ("fleet", "instance", "launch-template", "network-interface", "spot-instances-request", "volume")


def nodes(place: Place) -> list[Statement]:
    """Launch, tag and terminate this cluster's instances only."""
    owned = {f"aws:ResourceTag/{place.owner_tag}": "owned"}
    of_a_pool = {"aws:ResourceTag/karpenter.sh/nodepool": "*"}
    asked = {
        f"aws:RequestTag/{place.owner_tag}": "owned",
        "aws:RequestTag/eks:eks-cluster-name": place.cluster,
    }
    asked_pool = {"aws:RequestTag/karpenter.sh/nodepool": "*"}
    launch = ["ec2:CreateFleet", "ec2:RunInstances"]
    return [
        {
            "Sid": "LaunchFromWhatIsThere",
            "Effect": "Allow",
            "Action": launch,
            "Resource": [
                *place.ec2("image", "snapshot", account=""),
                *place.ec2("capacity-reservation", "placement-group", "security-group", "subnet"),
            ],
        },
        {
            "Sid": "LaunchFromOwnTemplates",
            "Effect": "Allow",
            "Action": launch,
            "Resource": place.ec2("launch-template"),
            "Condition": {"StringEquals": owned, "StringLike": of_a_pool},
        },
        {
            "Sid": "LaunchOnlyTagged",
            "Effect": "Allow",
            "Action": [*launch, "ec2:CreateLaunchTemplate"],
            "Resource": place.ec2(*_LAUNCHED),
            "Condition": {"StringEquals": asked, "StringLike": asked_pool},
        },
        {
            "Sid": "TagWhileLaunching",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": place.ec2(*_LAUNCHED),
            "Condition": {
                "StringEquals": {
                    **asked,
                    "ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "RunInstances"],
                },
                "StringLike": asked_pool,
            },
        },
        {
            "Sid": "NameOwnInstances",
            "Effect": "Allow",
            "Action": "ec2:CreateTags",
            "Resource": place.ec2("instance"),
            "Condition": {
                "StringEquals": owned,
                "StringLike": of_a_pool,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": place.cluster},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["Name", "eks:eks-cluster-name", "karpenter.sh/nodeclaim"]
                },
            },
        },
        {
            "Sid": "EndOwnInstances",
            "Effect": "Allow",
            "Action": ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"],
            "Resource": place.ec2("instance", "launch-template"),
            "Condition": {"StringEquals": owned, "StringLike": of_a_pool},
        },
    ]


def profiles(place: Place, node_role_arn: pulumi.Output[str]) -> list[Statement]:
    """Pass only the node role to instances, and manage only this cluster's instance profiles."""
    owned = {
        f"aws:ResourceTag/{place.owner_tag}": "owned",
        "aws:ResourceTag/topology.kubernetes.io/region": place.region,
    }
    asked = {
        f"aws:RequestTag/{place.owner_tag}": "owned",
        "aws:RequestTag/eks:eks-cluster-name": place.cluster,
        "aws:RequestTag/topology.kubernetes.io/region": place.region,
    }
    of_a_class = {"aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*"}
    asked_class = {"aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*"}
    return [
        {
            "Sid": "PassTheNodeRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": node_role_arn,
            "Condition": {"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]}},
        },
        {
            "Sid": "MakeProfiles",
            "Effect": "Allow",
            "Action": "iam:CreateInstanceProfile",
            "Resource": place.instance_profiles(),
            "Condition": {"StringEquals": asked, "StringLike": asked_class},
        },
        {
            "Sid": "TagOwnProfiles",
            "Effect": "Allow",
            "Action": "iam:TagInstanceProfile",
            "Resource": place.instance_profiles(),
            "Condition": {"StringEquals": {**owned, **asked}, "StringLike": {**of_a_class, **asked_class}},
        },
        {
            "Sid": "ChangeOwnProfiles",
            "Effect": "Allow",
            "Action": [
                "iam:AddRoleToInstanceProfile",
                "iam:DeleteInstanceProfile",
                "iam:RemoveRoleFromInstanceProfile",
            ],
            "Resource": place.instance_profiles(),
            "Condition": {"StringEquals": owned, "StringLike": of_a_class},
        },
    ]


def discovery(place: Place) -> list[Statement]:
    """Read EC2 resources and offerings, prices, AMI parameters and the cluster."""
    cluster = pulumi.Output.concat(
        "arn:", place.partition, ":eks:", place.region, ":", place.account, f":cluster/{place.cluster}"
    )
    return [
        {
            "Sid": "SeeTheRegion",
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeCapacityReservations",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeInstanceTypeOfferings",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeInstances",
                "ec2:DescribeLaunchTemplates",
                "ec2:DescribePlacementGroups",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSpotPriceHistory",
                "ec2:DescribeSubnets",
            ],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": place.region}},
        },
        {
            "Sid": "SeeAwsImages",
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": pulumi.Output.concat(
                "arn:", place.partition, ":ssm:", place.region, "::parameter/aws/service/*"
            ),
        },
        # Neither action supports resource-level permissions or conditions.
        {
            "Sid": "SeePricesAndProfiles",
            "Effect": "Allow",
            "Action": ["iam:ListInstanceProfiles", "pricing:GetProducts"],
            "Resource": "*",
        },
        {
            "Sid": "SeeAProfile",
            "Effect": "Allow",
            "Action": "iam:GetInstanceProfile",
            "Resource": place.instance_profiles(),
        },
        {"Sid": "SeeTheCluster", "Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": cluster},
    ]


def queue(arn: pulumi.Output[str]) -> list[Statement]:
    """Receive EC2 events from the interruption queue."""
    return [
        {
            "Sid": "ReadAnnouncements",
            "Effect": "Allow",
            "Action": ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
            "Resource": arn,
        }
    ]
