"""Things left in an account, a maker a kind: by hand, by a dead run, by a controller."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from aistacks_recovery.account import Account

_TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
_ALLOW_ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
)


@dataclass(frozen=True)
class Ground:
    """Where a stack's things are planted. ``label`` keeps names of two stacks apart that AWS wants apart."""

    account: Account
    stack: str
    label: str
    cluster: str
    vpc: str
    subnets: tuple[str, str]
    number: int = 0

    @property
    def tags(self) -> dict[str, str]:
        return {"Name": "lake", "aistacks:component": "DataLake/lake", "aistacks:stack": self.stack, "Project": "p"}

    @property
    def pairs(self) -> list[dict[str, str]]:
        return pairs(self.tags)

    @property
    def unique(self) -> str:
        return f"{self.label}-{self.number}"

    def client(self, service: str) -> Any:
        return self.account.client(service)


def pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def specification(kind: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": pairs(tags)}]


def ground(account: Account, stack: str, label: str, cluster: str) -> Ground:
    """An empty network to plant in, which carries no tag of anybody's."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = (f"{account.region}a", f"{account.region}b")
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for i, zone in enumerate(zones)
    ]
    return Ground(account, stack, label, cluster, vpc, (made[0], made[1]))


def bucket(g: Ground) -> str:
    name = f"lake-{g.unique}"
    g.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": g.account.region})
    g.client("s3").put_bucket_tagging(Bucket=name, Tagging={"TagSet": g.pairs})
    return name


def vault(g: Ground) -> str:
    name = f"vault-{g.unique}"
    g.client("backup").create_backup_vault(BackupVaultName=name, BackupVaultTags=g.tags)
    return name


def backup_plan(g: Ground) -> str:
    backup, store = g.client("backup"), vault(replace(g, stack="shop/somebody", label=f"{g.label}-plan"))
    rules = [{"RuleName": "daily", "TargetBackupVaultName": store}]
    made = backup.create_backup_plan(
        BackupPlan={"BackupPlanName": f"plan-{g.unique}", "Rules": rules}, BackupPlanTags=g.tags
    )
    chosen = {"SelectionName": "all", "IamRoleArn": "arn:aws:iam::123456789012:role/r", "Resources": ["*"]}
    backup.create_backup_selection(BackupPlanId=made["BackupPlanId"], BackupSelection=chosen)
    return str(made["BackupPlanId"])


def key(g: Ground) -> str:
    tags = [{"TagKey": k, "TagValue": v} for k, v in g.tags.items()]
    return str(g.client("kms").create_key(Tags=tags)["KeyMetadata"]["KeyId"])


def role(g: Ground) -> str:
    name = f"role-{g.unique}"
    iam = g.client("iam")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST, Tags=g.pairs)
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=_ALLOW_ALL)
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    return name


def policy(g: Ground) -> str:
    made = g.client("iam").create_policy(PolicyName=f"policy-{g.unique}", PolicyDocument=_ALLOW_ALL, Tags=g.pairs)
    return str(made["Policy"]["Arn"])


def node_profile(g: Ground) -> str:
    """As Karpenter makes one for an EC2NodeClass."""
    name = f"{g.cluster}_{g.unique}"
    tags = {"eks:eks-cluster-name": g.cluster, f"kubernetes.io/cluster/{g.cluster}": "owned"}
    g.client("iam").create_instance_profile(InstanceProfileName=name, Tags=pairs(tags))
    return name


def oidc_provider(g: Ground) -> str:
    made = g.client("iam").create_open_id_connect_provider(
        Url=f"https://{g.unique}.example.com", ThumbprintList=["a" * 40], Tags=g.pairs
    )
    return str(made["OpenIDConnectProviderArn"])


def queue(g: Ground) -> str:
    return str(g.client("sqs").create_queue(QueueName=f"queue-{g.unique}", tags=g.tags)["QueueUrl"])


def topic(g: Ground) -> str:
    return str(g.client("sns").create_topic(Name=f"topic-{g.unique}", Tags=g.pairs)["TopicArn"])


def rule(g: Ground) -> str:
    name = f"rule-{g.unique}"
    events = g.client("events")
    events.put_rule(Name=name, EventPattern='{"source": ["aws.ec2"]}', Tags=g.pairs)
    events.put_targets(Rule=name, Targets=[{"Id": "t", "Arn": "arn:aws:sqs:eu-west-1:123456789012:q"}])
    return name


def database(g: Ground) -> str:
    name = f"db_{g.unique}".replace("-", "_")
    g.client("glue").create_database(DatabaseInput={"Name": name}, Tags=g.tags)
    return name


def workgroup(g: Ground) -> str:
    name = f"wg-{g.unique}"
    g.client("athena").create_work_group(Name=name, Configuration={}, Tags=g.pairs)
    return name


def repository(g: Ground) -> str:
    name = f"models/{g.unique}"
    g.client("ecr").create_repository(repositoryName=name, tags=g.pairs)
    return name


def secret(g: Ground) -> str:
    made = g.client("secretsmanager").create_secret(Name=f"secret-{g.unique}", SecretString="x", Tags=g.pairs)
    return str(made["ARN"])


def log_group(g: Ground) -> str:
    """As EKS writes its last lines after the group was deleted: by name only, without a tag."""
    name = f"/aws/eks/{g.cluster}/{g.unique}"
    g.client("logs").create_log_group(logGroupName=name)
    return name


def volume(g: Ground) -> str:
    """Of a claim, by the EBS driver."""
    tags = {
        "ebs.csi.aws.com/cluster": "true",
        "kubernetes.io/created-for/pvc/name": "data",
        f"kubernetes.io/cluster/{g.cluster}": "owned",
    }
    made = g.client("ec2").create_volume(
        AvailabilityZone=f"{g.account.region}a",
        Size=100,
        VolumeType="gp3",
        TagSpecifications=specification("volume", tags),
    )
    return str(made["VolumeId"])


def snapshot(g: Ground) -> str:
    ec2 = g.client("ec2")
    base = ec2.create_volume(AvailabilityZone=f"{g.account.region}a", Size=1)["VolumeId"]
    tags = {"ebs.csi.aws.com/cluster": "true", "CSIVolumeSnapshotName": "s", "aistacks:stack": g.stack}
    return str(ec2.create_snapshot(VolumeId=base, TagSpecifications=specification("snapshot", tags))["SnapshotId"])


def instance(g: Ground) -> str:
    """As Karpenter starts one."""
    tags = {"karpenter.sh/nodepool": "general", "eks:eks-cluster-name": g.cluster, "Name": "general"}
    made = g.client("ec2").run_instances(
        ImageId="ami-12c6146b",
        InstanceType="g5.xlarge",
        MinCount=1,
        MaxCount=1,
        SubnetId=g.subnets[0],
        TagSpecifications=specification("instance", tags),
    )
    return str(made["Instances"][0]["InstanceId"])


def launch_template(g: Ground) -> str:
    """As Karpenter makes one."""
    tags = {"karpenter.k8s.aws/ec2nodeclass": "general", "eks:eks-cluster-name": g.cluster}
    made = g.client("ec2").create_launch_template(
        LaunchTemplateName=f"karpenter.k8s.aws/{g.unique}",
        LaunchTemplateData={"InstanceType": "m6i.large"},
        TagSpecifications=specification("launch-template", tags),
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def load_balancer(g: Ground) -> str:
    """As the AWS Load Balancer Controller makes one."""
    tags = {"elbv2.k8s.aws/cluster": g.cluster, "service.k8s.aws/stack": "apps/api"}
    made = g.client("elbv2").create_load_balancer(
        Name=f"lb-{g.unique}", Subnets=list(g.subnets), Type="network", Tags=pairs(tags)
    )
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])


def target_group(g: Ground) -> str:
    tags = {"elbv2.k8s.aws/cluster": g.cluster, "service.k8s.aws/stack": "apps/api"}
    made = g.client("elbv2").create_target_group(
        Name=f"tg-{g.unique}", Protocol="TCP", Port=80, VpcId=g.vpc, Tags=pairs(tags)
    )
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def classic_load_balancer(g: Ground) -> str:
    """As Kubernetes' cloud provider makes one for a Service."""
    name = f"a{g.unique}"
    g.client("elb").create_load_balancer(
        LoadBalancerName=name,
        Listeners=[{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 80}],
        Subnets=[g.subnets[0]],
        Tags=pairs({f"kubernetes.io/cluster/{g.cluster}": "owned", "kubernetes.io/service-name": "apps/api"}),
    )
    return name


def security_group(g: Ground) -> str:
    """Of a load balancer, by its controller."""
    tags = {"elbv2.k8s.aws/cluster": g.cluster, "elbv2.k8s.aws/resource": "backend-sg"}
    made = g.client("ec2").create_security_group(
        GroupName=f"k8s-{g.unique}",
        Description="by a controller",
        VpcId=g.vpc,
        TagSpecifications=specification("security-group", tags),
    )
    return str(made["GroupId"])


def interface(g: Ground) -> str:
    """As the VPC CNI leaves one."""
    tags = {"cluster.k8s.amazonaws.com/name": g.cluster, "node.k8s.amazonaws.com/instance_id": "i-0123456789abcdef0"}
    made = g.client("ec2").create_network_interface(
        SubnetId=g.subnets[0],
        Description="aws-K8S-i-0123456789abcdef0",
        TagSpecifications=specification("network-interface", tags),
    )
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def address(g: Ground) -> str:
    made = g.client("ec2").allocate_address(Domain="vpc", TagSpecifications=specification("elastic-ip", g.tags))
    return str(made["AllocationId"])


def nat_gateway(g: Ground) -> str:
    allocation = g.client("ec2").allocate_address(Domain="vpc")["AllocationId"]
    made = g.client("ec2").create_nat_gateway(
        SubnetId=g.subnets[0], AllocationId=allocation, TagSpecifications=specification("natgateway", g.tags)
    )
    return str(made["NatGateway"]["NatGatewayId"])


def endpoint(g: Ground) -> str:
    made = g.client("ec2").create_vpc_endpoint(
        VpcId=g.vpc,
        ServiceName=f"com.amazonaws.{g.account.region}.glue",
        VpcEndpointType="Interface",
        SubnetIds=list(g.subnets),
        TagSpecifications=specification("vpc-endpoint", g.tags),
    )
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def redshift_cluster(g: Ground) -> str:
    name = f"warehouse-{g.unique}"
    g.client("redshift").create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.xlplus",
        NumberOfNodes=2,
        MasterUsername="admin",
        MasterUserPassword="Passw0rd1",
        Tags=g.pairs,
    )
    return name


def table(g: Ground) -> str:
    name = f"table-{g.unique}"
    g.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=g.pairs,
    )
    return name


def function(g: Ground) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", "def handler(event, context): pass")
    name = f"function-{g.unique}"
    arn = _untagged_role(g, "lambda.amazonaws.com", "runs")
    g.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=arn,
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Tags=g.tags,
    )
    return name


def _untagged_role(g: Ground, service: str, purpose: str) -> str:
    """Nobody's: what uses it needs one."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    made = g.client("iam").create_role(RoleName=f"{purpose}-{g.unique}", AssumeRolePolicyDocument=document)
    return str(made["Role"]["Arn"])


def eks_cluster(g: Ground) -> str:
    name = f"copy-{g.unique}"
    g.client("eks").create_cluster(
        name=name,
        roleArn=_untagged_role(g, "eks.amazonaws.com", "plane"),
        resourcesVpcConfig={"subnetIds": list(g.subnets)},
        tags=g.tags,
    )
    return name


def network(g: Ground) -> str:
    made = g.client("ec2").create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=specification("vpc", g.tags))
    return str(made["Vpc"]["VpcId"])


PLANTS: dict[str, Callable[[Ground], str]] = {
    "S3 bucket": bucket,
    "backup vault": vault,
    "backup plan": backup_plan,
    "KMS key": key,
    "IAM role": role,
    "IAM policy": policy,
    "IAM instance profile": node_profile,
    "OpenID Connect provider": oidc_provider,
    "SQS queue": queue,
    "SNS topic": topic,
    "event rule": rule,
    "Glue database": database,
    "Athena workgroup": workgroup,
    "image repository": repository,
    "secret": secret,
    "log group": log_group,
    "volume": volume,
    "snapshot": snapshot,
    "instance": instance,
    "launch template": launch_template,
    "load balancer": load_balancer,
    "target group": target_group,
    "classic load balancer": classic_load_balancer,
    "security group": security_group,
    "network interface": interface,
    "elastic IP": address,
    "NAT gateway": nat_gateway,
    "VPC endpoint": endpoint,
    "Redshift cluster": redshift_cluster,
    "DynamoDB table": table,
    "Lambda function": function,
    "EKS cluster": eks_cluster,
    "VPC": network,
}
"""Kind of the inventory → what plants one and gives its id."""
