"""What is interrupted: a lake, a cluster in a network, a model store, queues, roles and objects in the cluster."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from aistacks import DataLake, EksCluster, ModelStore

trial = {"deletion_protection": False, "tags": {"Project": "interrupted"}}
trust = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ],
    }
)

lake = DataLake("lake", {"layers": ["bronze", "gold"], "database_prefix": "lake", **trial})
store = ModelStore("models", {**trial})

vpc = aws.ec2.Vpc("net", cidr_block="10.7.0.0/16", tags={"Name": "net"})
gateway = aws.ec2.InternetGateway("gateway", vpc_id=vpc.id, tags={"Name": "gateway"})
table = aws.ec2.RouteTable("routes", vpc_id=vpc.id, tags={"Name": "routes"})
aws.ec2.Route("out", route_table_id=table.id, destination_cidr_block="0.0.0.0/0", gateway_id=gateway.id)
subnets = []
for at, zone in enumerate("ab"):
    subnet = aws.ec2.Subnet(
        f"subnet-{zone}",
        vpc_id=vpc.id,
        cidr_block=f"10.7.{at}.0/24",
        availability_zone=f"eu-west-1{zone}",
        tags={"Name": f"subnet-{zone}"},
    )
    aws.ec2.RouteTableAssociation(f"routes-{zone}", subnet_id=subnet.id, route_table_id=table.id)
    subnets.append(subnet)
group = aws.ec2.SecurityGroup("inside", vpc_id=vpc.id, description="inside", tags={"Name": "inside"})
aws.vpc.SecurityGroupIngressRule(
    "https", security_group_id=group.id, ip_protocol="tcp", from_port=443, to_port=443, cidr_ipv4="10.7.0.0/16"
)

for at in range(4):
    dead = aws.sqs.Queue(f"dead-{at}", tags={"Name": f"dead-{at}"})
    aws.sqs.Queue(
        f"work-{at}",
        visibility_timeout_seconds=45,
        redrive_policy=dead.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})),
        tags={"Name": f"work-{at}"},
    )
    role = aws.iam.Role(f"worker-{at}", assume_role_policy=trust, tags={"Name": f"worker-{at}"})
    policy = aws.iam.Policy(
        f"worker-{at}",
        policy=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}]}
        ),
    )
    aws.iam.RolePolicyAttachment(f"worker-{at}", role=role.name, policy_arn=policy.arn)
    aws.cloudwatch.LogGroup(f"worker-{at}", retention_in_days=7, tags={"Name": f"worker-{at}"})
topic = aws.sns.Topic("news", tags={"Name": "news"})
aws.dynamodb.Table(
    "features",
    billing_mode="PAY_PER_REQUEST",
    hash_key="id",
    attributes=[{"name": "id", "type": "S"}],
    tags={"Name": "features"},
)
secret = aws.secretsmanager.Secret("key", recovery_window_in_days=0, tags={"Name": "key"})
aws.ssm.Parameter("version", type="String", value="1", tags={"Name": "version"})
aws.ecr.Repository("images", force_delete=True, tags={"Name": "images"})
code = aws.s3.Bucket("code", force_destroy=True, tags={"Name": "code"})
aws.s3.BucketObjectv2("readme", bucket=code.id, key="readme", content="read me")

cluster = EksCluster("interrupted", {"cluster_name": "interrupted", "subnet_ids": [s.id for s in subnets], **trial})
on_cluster = pulumi.ResourceOptions(provider=cluster.provider)
team = kubernetes.core.v1.Namespace("team", opts=on_cluster)
space = team.metadata.apply(lambda metadata: metadata.name)
for at in range(6):
    kubernetes.core.v1.ConfigMap(f"settings-{at}", metadata={"namespace": space}, data={"at": str(at)}, opts=on_cluster)
kubernetes.core.v1.Secret("token", metadata={"namespace": space}, string_data={"token": "none"}, opts=on_cluster)
account = kubernetes.core.v1.ServiceAccount("worker", metadata={"namespace": space}, opts=on_cluster)
labels = {"app": "worker"}
kubernetes.apps.v1.Deployment(
    "worker",
    metadata={"namespace": space},
    spec={
        "replicas": 1,
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {"containers": [{"name": "worker", "image": "example.com/worker:1"}]},
        },
    },
    opts=on_cluster,
)
kubernetes.core.v1.Service(
    "worker", metadata={"namespace": space}, spec={"selector": labels, "ports": [{"port": 80}]}, opts=on_cluster
)
pulumi.export("code", code.bucket)
