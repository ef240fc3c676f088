"""A plain Pulumi program, as people write them without components. quiet_edits.py edits its text."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

tags = {"Owner": "shop", "Stage": "prod"}


class Team(pulumi.ComponentResource):
    """Groups what belongs together."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("shop:index:Team", name, {}, opts)


vpc = aws.ec2.Vpc("vpc", cidr_block="10.9.0.0/16", tags=tags)
near = aws.ec2.Subnet("near", vpc_id=vpc.id, cidr_block="10.9.1.0/24")
far = aws.ec2.Subnet("far", vpc_id=vpc.id, cidr_block="10.9.2.0/24")
web = aws.ec2.SecurityGroup(
    "web",
    vpc_id=vpc.id,
    description="web",
    ingress=[
        {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8", "172.16.0.0/12"]},
        {"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": ["10.0.0.0/8"]},
    ],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
)
from_web = aws.vpc.SecurityGroupIngressRule(
    "from-web",
    security_group_id=web.id,
    ip_protocol="tcp",
    from_port=8443,
    to_port=8443,
    cidr_ipv4="10.9.0.0/16",
    description="from the network",
)
lake = aws.s3.Bucket("lake", tags=tags)
versions = aws.s3.BucketVersioning("versions", bucket=lake.bucket, versioning_configuration={"status": "Enabled"})
lake_policy = aws.s3.BucketPolicy(
    "lake-policy",
    bucket=lake.bucket,
    policy=lake.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "Partners",
                        "Effect": "Allow",
                        "Principal": {"AWS": ["arn:aws:iam::111122223333:root", "arn:aws:iam::444455556666:root"]},
                        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                        "Resource": [f"{arn}/*"],
                    },
                    {
                        "Sid": "Tls",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": [arn, f"{arn}/*"],
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                ],
            }
        )
    ),
)
trust = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
worker = aws.iam.Role("worker", assume_role_policy=trust, tags=tags)
reads = aws.iam.Policy(
    "reads",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
                    "Resource": "arn:aws:sqs:*:*:q",
                }
            ],
        }
    ),
)
worker_reads = aws.iam.RolePolicyAttachment("worker-reads", role=worker.name, policy_arn=reads.arn)
worker_logs = aws.iam.RolePolicyAttachment(
    "worker-logs", role=worker.name, policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
)
worker_new = aws.iam.RolePolicyAttachment(
    "worker-new", role=worker.name, policy_arn="arn:aws:iam::aws:policy/SomethingThatIsNewer"
)
inline = aws.iam.RolePolicy(
    "inline",
    role=worker.name,
    policy=lake.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Sid": "List", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": arn},
                    {
                        "Sid": "Read",
                        "Effect": "Allow",
                        "Action": ["s3:GetObject", "s3:PutObject"],
                        "Resource": f"{arn}/*",
                    },
                ],
            }
        )
    ),
)
logs = aws.cloudwatch.LogGroup("logs", retention_in_days=365)
resize = aws.lambda_.Function(
    "resize",
    role=worker.arn,
    runtime="python3.13",
    handler="main.handler",
    s3_bucket="artefacts",
    s3_key="resize.zip",
    environment={"variables": {"STAGE": "prod", "BUCKET": lake.bucket}},
    vpc_config={"subnet_ids": [near.id, far.id], "security_group_ids": [web.id]},
)
may_call = aws.lambda_.Permission(
    "may-call", function=resize.name, action="lambda:InvokeFunction", principal="s3.amazonaws.com", source_arn=lake.arn
)
jobs = aws.sqs.Queue("jobs", sqs_managed_sse_enabled=True)
news = aws.sns.Topic("news")
table = aws.dynamodb.Table(
    "orders",
    billing_mode="PAY_PER_REQUEST",
    hash_key="id",
    attributes=[{"name": "id", "type": "S"}, {"name": "day", "type": "S"}],
    global_secondary_indexes=[{"name": "by-day", "hash_key": "day", "projection_type": "ALL"}],
)
database = aws.rds.Instance(
    "database",
    engine="postgres",
    engine_version="16",
    instance_class="db.t4g.medium",
    allocated_storage=20,
    storage_encrypted=True,
    username="shop",
    manage_master_user_password=True,
    enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
    vpc_security_group_ids=[web.id],
)
tasks = aws.ecs.TaskDefinition(
    "tasks",
    family="tasks",
    network_mode="awsvpc",
    cpu="256",
    memory="512",
    requires_compatibilities=["FARGATE"],
    execution_role_arn=worker.arn,
    container_definitions=json.dumps(
        [{"name": "app", "image": "shop/app:1.2", "essential": True, "portMappings": [{"containerPort": 8080}]}]
    ),
)
api = aws.apigatewayv2.Api("api", protocol_type="HTTP")
route = aws.apigatewayv2.Route("route", api_id=api.id, route_key="GET /orders", authorization_type="AWS_IAM")
cluster = k8s.Provider("cluster", kubeconfig="{}")
inside = pulumi.ResourceOptions(provider=cluster)
settings = k8s.core.v1.ConfigMap("settings", metadata={"name": "settings"}, data={"a": "1", "b": "2"}, opts=inside)
shop = k8s.apps.v1.Deployment(
    "shop",
    metadata={"name": "shop", "labels": {"app": "shop", "tier": "web"}},
    spec={
        "replicas": 2,
        "selector": {"match_labels": {"app": "shop"}},
        "template": {
            "metadata": {"labels": {"app": "shop"}},
            "spec": {
                "containers": [
                    {
                        "name": "shop",
                        "image": "shop/web:1.2",
                        "ports": [{"container_port": 8080}],
                        "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}},
                    }
                ]
            },
        },
    },
    opts=inside,
)
pulumi.export("lake", lake.bucket)
