"""Clients that know nothing of us, against the same sandbox, through the variables that `env` prints."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aistacks_sandbox.programs import engine as engine_tool

_AWS = "registry.terraform.io/hashicorp/aws"
PLUGINS = [
    Path.home() / ".terraform.d" / "plugins",
    Path("/usr/local/share/terraform/plugins"),
    *Path("/opt").glob("*"),
]
"""Where machines keep Terraform's plugins, so that none has to be downloaded."""

MADE = """
    import pulumi, pulumi_aws as aws, pulumi_kubernetes as k8s
    bucket = aws.s3.Bucket("shared")
    settings = k8s.core.v1.ConfigMap("settings", metadata={"name": "settings-of-clients", "namespace": "default"},
        data={"bucket": bucket.bucket})
    pulumi.export("bucket", bucket.bucket)
"""

TERRAFORM = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  s3_use_path_style = true
}
variable "bucket" {}
data "aws_s3_bucket" "made_by_pulumi" {
  bucket = var.bucket
}
resource "aws_sqs_queue" "mine" {
  name = "made-by-terraform"
  tags = { Region = data.aws_s3_bucket.made_by_pulumi.region }
}
output "url" {
  value = aws_sqs_queue.mine.url
}
"""


@pytest.fixture
def shell(sandbox: Any, command: Callable[..., Any], tmp_path: Path) -> Callable[..., str]:
    """Runs a program with nothing of the sandbox but what a shell gets from `aistacks sandbox env`."""
    printed = command("sandbox", "env", "--project", sandbox.project)
    assert printed.code == 0
    exported = dict(shlex.split(line.removeprefix("export "))[0].split("=", 1) for line in printed.out.splitlines())
    assert exported["PULUMI_BACKEND_URL"].startswith("file://")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_", "KUBE", "TF_"))}

    def run(*words: object, **more: str) -> str:
        done = subprocess.run(
            [str(word) for word in words],
            cwd=tmp_path,
            env={**clean, **exported, **more},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_boto3_kubectl_and_the_pulumi_command_see_what_a_program_made(stack: Any, shell: Callable[..., str]) -> None:
    bucket = stack.up(MADE).outputs["bucket"]
    listing = "import boto3; print([b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])"
    assert bucket in shell(sys.executable, "-c", listing)

    pulumi = engine_tool.ensure().path
    stacks = json.loads(shell(pulumi, "stack", "ls", "--all", "--json", "--non-interactive"))
    assert [s["name"] for s in stacks if stack.folder.name in s["name"]] == [
        f"organization/{stack.folder.name}/sandbox"
    ]
    name = f"organization/{stack.folder.name}/sandbox"
    assert shell(pulumi, "stack", "output", "bucket", "--stack", name, "--non-interactive").strip() == bucket

    kubectl = shutil.which("kubectl")
    if not kubectl:
        pytest.skip("no kubectl on PATH")
    template = "jsonpath={.data.bucket}"
    assert shell(kubectl, "get", "configmap", "settings-of-clients", "-n", "default", "-o", template) == bucket


def test_terraform_sees_what_a_program_made_and_makes_its_own(
    sandbox: Any, shell: Callable[..., str], tmp_path: Path
) -> None:
    terraform = shutil.which("terraform")
    if not terraform:
        pytest.skip("no terraform on PATH")
    plugins = next((folder for folder in PLUGINS if (folder / _AWS).is_dir()), None)
    if not plugins:
        pytest.skip("no installed AWS provider for terraform")
    s3, sqs = sandbox.aws("s3"), sandbox.aws("sqs")
    s3.create_bucket(Bucket="made-by-pulumi", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    (tmp_path / "main.tf").write_text(TERRAFORM)
    try:
        shell(terraform, "init", f"-plugin-dir={plugins}", "-no-color")
        shell(terraform, "apply", "-auto-approve", "-no-color", TF_VAR_bucket="made-by-pulumi")
        url = json.loads(shell(terraform, "output", "-json"))["url"]["value"]
        assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"Region": "eu-west-1"}
        shell(terraform, "destroy", "-auto-approve", "-no-color", TF_VAR_bucket="made-by-pulumi")
        assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="made-by-terraform")
    finally:
        s3.delete_bucket(Bucket="made-by-pulumi")
