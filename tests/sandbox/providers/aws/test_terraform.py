"""Our facts against Terraform's own answers. Nothing here leaves the machine: state and plan are local."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aistacks_catalog.aws.types.facts import facts
from aistacks_sandbox.providers.aws.cloud import Cloud
from aistacks_sandbox.providers.aws.functions import invoke

VERSION = "5.100.0"
PLUGINS = (Path("/opt/tf-plugins"), Path("/usr/local/share/terraform/plugins"), Path.home() / ".terraform.d/plugins")

# Pulumi's type, Terraform's with its state version, required attributes, and per changed attribute
# Pulumi's path, Terraform's attribute, and two values of it.
SAMPLE: list[tuple[str, str, int, dict[str, Any], list[tuple[str, str, Any, Any]]]] = [
    (
        "aws:s3/bucket:Bucket",
        "aws_s3_bucket",
        0,
        {"bucket": "one-bucket"},
        [("bucket", "bucket", "one-bucket", "two-bucket"), ("forceDestroy", "force_destroy", True, False)],
    ),
    (
        "aws:kms/key:Key",
        "aws_kms_key",
        0,
        {},
        [
            ("keyUsage", "key_usage", "ENCRYPT_DECRYPT", "SIGN_VERIFY"),
            ("enableKeyRotation", "enable_key_rotation", True, False),
            ("multiRegion", "multi_region", True, False),
        ],
    ),
    (
        "aws:iam/role:Role",
        "aws_iam_role",
        0,
        {"name": "r", "assume_role_policy": '{"Version":"2012-10-17","Statement":[]}'},
        [
            ("name", "name", "r", "s"),
            ("path", "path", "/a/", "/b/"),
            ("description", "description", "a", "b"),
            ("maxSessionDuration", "max_session_duration", 3600, 7200),
        ],
    ),
    (
        "aws:ec2/subnet:Subnet",
        "aws_subnet",
        1,
        {"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24"},
        [
            ("cidrBlock", "cidr_block", "10.0.0.0/24", "10.0.1.0/24"),
            ("availabilityZone", "availability_zone", "us-east-1a", "us-east-1b"),
            ("mapPublicIpOnLaunch", "map_public_ip_on_launch", True, False),
        ],
    ),
    (
        "aws:sqs/queue:Queue",
        "aws_sqs_queue",
        0,
        {"name": "q"},
        [
            ("name", "name", "q", "p"),
            ("visibilityTimeoutSeconds", "visibility_timeout_seconds", 10, 20),
            ("messageRetentionSeconds", "message_retention_seconds", 100, 200),
        ],
    ),
    (
        "aws:ecr/repository:Repository",
        "aws_ecr_repository",
        0,
        {"name": "r"},
        [
            ("name", "name", "r", "s"),
            ("imageTagMutability", "image_tag_mutability", "MUTABLE", "IMMUTABLE"),
        ],
    ),
    (
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "aws_ecr_lifecycle_policy",
        0,
        {"repository": "r", "policy": '{"rules":[]}'},
        [("repository", "repository", "r", "s")],
    ),
    (
        "aws:eks/nodeGroup:NodeGroup",
        "aws_eks_node_group",
        0,
        {
            "cluster_name": "c",
            "node_group_name": "n",
            "node_role_arn": "arn:aws:iam::123456789012:role/r",
            "subnet_ids": ["subnet-1"],
            "scaling_config": [{"desired_size": 1, "max_size": 1, "min_size": 1}],
        },
        [
            ("clusterName", "cluster_name", "c", "d"),
            ("instanceTypes", "instance_types", ["m6i.large"], ["m6i.xlarge"]),
            ("subnetIds", "subnet_ids", ["subnet-1"], ["subnet-2"]),
            ("capacityType", "capacity_type", "SPOT", "ON_DEMAND"),
            (
                "scalingConfig.maxSize",
                "scaling_config",
                [{"desired_size": 1, "max_size": 1, "min_size": 1}],
                [{"desired_size": 1, "max_size": 2, "min_size": 1}],
            ),
        ],
    ),
    (
        "aws:redshiftserverless/namespace:Namespace",
        "aws_redshiftserverless_namespace",
        0,
        {"namespace_name": "n"},
        [
            ("namespaceName", "namespace_name", "n", "m"),
            ("dbName", "db_name", "a", "b"),
            ("adminUsername", "admin_username", "a", "b"),
        ],
    ),
    (
        "aws:cloudwatch/logGroup:LogGroup",
        "aws_cloudwatch_log_group",
        0,
        {"name": "l"},
        [("name", "name", "l", "m"), ("retentionInDays", "retention_in_days", 7, 14)],
    ),
    (
        "aws:ec2/securityGroup:SecurityGroup",
        "aws_security_group",
        1,
        {"name": "g", "vpc_id": "vpc-1", "description": "a"},
        [("description", "description", "a", "b"), ("vpcId", "vpc_id", "vpc-1", "vpc-2")],
    ),
]

DOCUMENT: dict[str, Any] = {
    "policyId": "P",
    "statements": [
        {
            "sid": "b",
            "actions": ["s3:Get*", "s3:Put*", "a:b"],
            "resources": ["arn:aws:s3:::x/&{aws:username}/<a>"],
            "conditions": [
                {"test": "StringEquals", "variable": "aws:x", "values": ["b", "a"]},
                {"test": "StringEquals", "variable": "aws:y", "values": ["1"]},
                {"test": "Bool", "variable": "aws:z", "values": ["true"]},
                {"test": "StringEquals", "variable": "aws:x", "values": ["c"]},
            ],
            "principals": [
                {"type": "Service", "identifiers": ["ec2.amazonaws.com"]},
                {"type": "AWS", "identifiers": ["b", "a", "c"]},
            ],
        },
        {
            "effect": "Deny",
            "notActions": ["x:y"],
            "notResources": ["r2", "r1"],
            "principals": [{"type": "*", "identifiers": ["*"]}],
        },
        {
            "actions": ["sts:A"],
            "principals": [{"type": "AWS", "identifiers": ["*"]}, {"type": "AWS", "identifiers": ["q"]}],
        },
    ],
}


def _snake(value: Any) -> Any:
    """Pulumi's arguments as Terraform's: blocks are singular."""
    blocks = {"statements": "statement", "conditions": "condition", "principals": "principals"}
    if isinstance(value, dict):
        return {
            blocks.get(key, "".join(f"_{c.lower()}" if c.isupper() else c for c in key)): _snake(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_snake(item) for item in value]
    return value.replace("${", "$${") if isinstance(value, str) else value


def _plugins() -> Path | None:
    inner = f"registry.terraform.io/hashicorp/aws/{VERSION}"
    return next((folder for folder in PLUGINS if (folder / inner).is_dir()), None)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Terraform's plan of a state in which every sampled attribute differs from the configuration."""
    plugins = _plugins()
    if shutil.which("terraform") is None or plugins is None:
        pytest.skip(f"terraform with hashicorp/aws {VERSION} on this machine")
    folder = tmp_path_factory.mktemp("terraform")
    resources: dict[str, dict[str, Any]] = {}
    state: list[dict[str, Any]] = []
    for _, kind, version, required, changes in SAMPLE:
        for _, attribute, before, after in changes:
            resources.setdefault(kind, {})[attribute] = {**required, attribute: after}
            old = {"id": "x", **required, attribute: before}
            state.append(
                {
                    "mode": "managed",
                    "type": kind,
                    "name": attribute,
                    "provider": 'provider["registry.terraform.io/hashicorp/aws"]',
                    "instances": [{"schema_version": version, "attributes": old}],
                }
            )
    settings = {
        "region": "us-east-1",
        "access_key": "x",
        "secret_key": "x",
        "skip_credentials_validation": True,
        "skip_requesting_account_id": True,
        "skip_metadata_api_check": True,
    }
    program = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": VERSION}}},
        "provider": {"aws": settings},
        "resource": resources,
        "data": {"aws_iam_policy_document": {"document": _snake(DOCUMENT)}},
        "output": {
            name: {"value": f"${{data.aws_iam_policy_document.document.{name}}}"}
            for name in ("json", "minified_json", "id")
        },
    }
    (folder / "main.tf.json").write_text(json.dumps(program))
    written = {"version": 4, "terraform_version": "1.0.0", "serial": 1, "lineage": "x", "resources": state}
    (folder / "terraform.tfstate").write_text(json.dumps(written))
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": "", "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("init", "-no-color", f"-plugin-dir={plugins}")
    run("plan", "-no-color", "-refresh=false", "-out=plan")
    found: dict[str, Any] = json.loads(run("show", "-json", "plan"))
    return found


def test_what_replaces_is_what_terraform_replaces(planned: dict[str, Any]) -> None:
    changes = {item["address"]: item["change"] for item in planned["resource_changes"]}
    compared = {}
    for token, kind, _, _, sampled in SAMPLE:
        for path, attribute, _, _ in sampled:
            change = changes[f"{kind}.{attribute}"]
            replaced = {place[0] for place in change.get("replace_paths", [])}
            ours = facts(token).forces_replacement(path)
            assert ours == (attribute in replaced), (token, path, change["actions"], replaced)
            compared[token, path] = ours
    assert set(compared.values()) == {True, False}


def test_policy_documents_are_written_as_terraform_writes_them(planned: dict[str, Any]) -> None:
    outputs = planned["planned_values"]["outputs"]
    answer = invoke("aws:iam/getPolicyDocument:getPolicyDocument", DOCUMENT, Cloud())
    assert answer["json"] == outputs["json"]["value"]
    assert answer["minifiedJson"] == outputs["minified_json"]["value"]
    assert answer["id"] == outputs["id"]["value"]
