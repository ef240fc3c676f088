"""Programs of any size, the same for Pulumi and for Terraform: teams with a bucket, a queue, a role and a network rule.

A team is one component with ten resources in it: bucket, versioning, public access block, bucket policy (its text
interpolates the bucket's ARN), role, role policy (over bucket and queue), queue, log group, security group and
ingress rule. One network is shared by all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PROJECT = "generated"
REGION = "eu-west-1"
OF_A_TEAM = 10
"""Resources in the cloud of one team; Pulumi counts the component beside them."""

PROGRAM = '''\
"""Teams with a bucket, a queue, a role and a network rule each."""

import json

import pulumi
import pulumi_aws as aws

TEAMS = {teams}


class Team(pulumi.ComponentResource):
    def __init__(self, name, vpc_id, opts=None):
        super().__init__("generated:index:Team", name, {{}}, opts)
        below = pulumi.ResourceOptions(parent=self)
        tags = {{"Team": name, "Environment": "benchmark"}}
        bucket = aws.s3.Bucket(name, bucket=f"generated-{{name}}", force_destroy=True, tags=tags, opts=below)
        aws.s3.BucketVersioning(
            f"{{name}}-versioning",
            bucket=bucket.id,
            versioning_configuration={{"status": "Enabled"}},
            opts=below,
        )
        aws.s3.BucketPublicAccessBlock(
            f"{{name}}-private",
            bucket=bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=below,
        )
        aws.s3.BucketPolicy(
            f"{{name}}-tls",
            bucket=bucket.id,
            policy=bucket.arn.apply(
                lambda arn: json.dumps(
                    {{
                        "Version": "2012-10-17",
                        "Statement": [
                            {{
                                "Effect": "Deny",
                                "Principal": "*",
                                "Action": "s3:*",
                                "Resource": [arn, f"{{arn}}/*"],
                                "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}},
                            }}
                        ],
                    }}
                )
            ),
            opts=below,
        )
        queue = aws.sqs.Queue(
            f"{{name}}-jobs",
            name=f"generated-{{name}}",
            visibility_timeout_seconds=60,
            sqs_managed_sse_enabled=True,
            tags=tags,
            opts=below,
        )
        role = aws.iam.Role(
            f"{{name}}-worker",
            name=f"generated-{{name}}",
            assume_role_policy=json.dumps(
                {{
                    "Version": "2012-10-17",
                    "Statement": [
                        {{
                            "Effect": "Allow",
                            "Principal": {{"Service": "ec2.amazonaws.com"}},
                            "Action": "sts:AssumeRole",
                        }}
                    ],
                }}
            ),
            tags=tags,
            opts=below,
        )
        aws.iam.RolePolicy(
            f"{{name}}-work",
            name="work",
            role=role.id,
            policy=pulumi.Output.all(bucket.arn, queue.arn).apply(
                lambda arns: json.dumps(
                    {{
                        "Version": "2012-10-17",
                        "Statement": [
                            {{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"{{arns[0]}}/*"}},
                            {{"Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": arns[1]}},
                        ],
                    }}
                )
            ),
            opts=below,
        )
        aws.cloudwatch.LogGroup(
            f"{{name}}-logs", name=f"/generated/{{name}}", retention_in_days=30, tags=tags, opts=below
        )
        group = aws.ec2.SecurityGroup(
            f"{{name}}-workers",
            name=f"generated-{{name}}",
            description="Workers",
            vpc_id=vpc_id,
            tags=tags,
            opts=below,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{{name}}-https",
            security_group_id=group.id,
            cidr_ipv4="10.0.0.0/16",
            from_port=443,
            to_port=443,
            ip_protocol="tcp",
            opts=below,
        )
        self.bucket = bucket.bucket
        self.register_outputs({{"bucket": self.bucket}})


network = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
teams = [Team(f"team-{{i:04}}", network.id) for i in range(TEAMS)]
pulumi.export("buckets", [team.bucket for team in teams])
'''


def teams_of(resources: int) -> int:
    """How many teams make about that many resources, components counted."""
    return max(1, (resources - 1) // (OF_A_TEAM + 1))


def registrations(teams: int) -> int:
    """What Pulumi counts: components too, the stack not."""
    return teams * (OF_A_TEAM + 1) + 1


def write_pulumi(folder: Path, teams: int, stack: str = "benchmark") -> None:
    """A Pulumi project of that many teams."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
    (folder / f"Pulumi.{stack}.yaml").write_text(f"config:\n  aws:region: {REGION}\n")
    (folder / "__main__.py").write_text(PROGRAM.format(teams=teams))


def write_terraform(
    folder: Path, teams: int, version: str, endpoint: str | None = None, prefix: str = "generated"
) -> None:
    """The same resources for Terraform, each written out.

    ``endpoint``: where AWS answers; without, nothing there may be asked. ``prefix``: of every name in the account.
    """
    folder.mkdir(parents=True, exist_ok=True)
    aws: dict[str, Any] = {
        "region": REGION,
        "access_key": "sandbox",
        "secret_key": "sandbox",
        "skip_credentials_validation": True,
        "skip_requesting_account_id": True,
        "skip_metadata_api_check": True,
        "s3_use_path_style": True,
    }
    if endpoint:
        services = ("ec2", "iam", "logs", "s3", "sqs", "sts")
        aws["endpoints"] = [dict.fromkeys(services, endpoint)]
    resources: dict[str, dict[str, Any]] = {
        "aws_vpc": {"network": {"cidr_block": "10.0.0.0/16", "enable_dns_hostnames": True}}
    }
    for index in range(teams):
        name = f"team-{index:04}"
        for kind, body in _team(name, prefix).items():
            resources.setdefault(kind, {})[name] = body
    program = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": version}}},
        "provider": {"aws": aws},
        "resource": resources,
    }
    (folder / "main.tf.json").write_text(json.dumps(program))


def _team(name: str, prefix: str) -> dict[str, dict[str, Any]]:
    tags = {"Team": name, "Environment": "benchmark"}
    bucket, queue = f"${{aws_s3_bucket.{name}.arn}}", f"${{aws_sqs_queue.{name}.arn}}"
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket, f"{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    work = [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": f"{bucket}/*"},
        {"Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": queue},
    ]
    return {
        "aws_s3_bucket": {"bucket": f"{prefix}-{name}", "force_destroy": True, "tags": tags},
        "aws_s3_bucket_versioning": {
            "bucket": f"${{aws_s3_bucket.{name}.id}}",
            "versioning_configuration": {"status": "Enabled"},
        },
        "aws_s3_bucket_public_access_block": {
            "bucket": f"${{aws_s3_bucket.{name}.id}}",
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        },
        "aws_s3_bucket_policy": {"bucket": f"${{aws_s3_bucket.{name}.id}}", "policy": _policy([deny])},
        "aws_sqs_queue": {
            "name": f"{prefix}-{name}",
            "visibility_timeout_seconds": 60,
            "sqs_managed_sse_enabled": True,
            "tags": tags,
        },
        "aws_iam_role": {"name": f"{prefix}-{name}", "assume_role_policy": _policy([trust]), "tags": tags},
        "aws_iam_role_policy": {"name": "work", "role": f"${{aws_iam_role.{name}.id}}", "policy": _policy(work)},
        "aws_cloudwatch_log_group": {"name": f"/{prefix}/{name}", "retention_in_days": 30, "tags": tags},
        "aws_security_group": {
            "name": f"{prefix}-{name}",
            "description": "Workers",
            "vpc_id": "${aws_vpc.network.id}",
            "tags": tags,
        },
        "aws_vpc_security_group_ingress_rule": {
            "security_group_id": f"${{aws_security_group.{name}.id}}",
            "cidr_ipv4": "10.0.0.0/16",
            "from_port": 443,
            "to_port": 443,
            "ip_protocol": "tcp",
        },
    }


def _policy(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
