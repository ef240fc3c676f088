"""This repo's own sandbox environment, up and down: what moto and the API server hold of it afterwards.

It shows what an emulated AWS stores; it doesn't show that AWS would accept it or that a pod would run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from kubernetes.client import AppsV1Api, AutoscalingV2Api, CoreV1Api, CustomObjectsApi, NetworkingV1Api, PolicyV1Api

from aistacks_sandbox import cloud, env, processes
from aistacks_sandbox.cluster import server as cluster
from aistacks_sandbox.state import State

ROOT = Path(__file__).parents[2]
ZONES = {"eu-west-1a", "eu-west-1b", "eu-west-1c"}
CLUSTER = "aistacks-sandbox"


@dataclass(frozen=True)
class Environment:
    """A copy of the project, whose sandbox is up; ``told`` is what `up` answered."""

    project: Path
    told: str

    @property
    def state(self) -> State:
        return State.of(self.project)

    def aws(self, service: str) -> Any:
        known = env.variables(self.project)
        return boto3.client(
            service,
            region_name=known["AWS_REGION"],
            endpoint_url=known["AWS_ENDPOINT_URL"],
            aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
        )


def aistacks(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The installed command, in the project's folder."""
    command = Path(sys.executable).with_name("aistacks")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))}
    return subprocess.run([command, "sandbox", *words], cwd=project, capture_output=True, text=True, env=clean)


def accuracy(told: str) -> float:
    found = re.search(r"accuracy +([\d.]+)% on 360 held-out digits, asked through the server", told)
    assert found, told
    return float(found[1])


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    project = tmp_path_factory.mktemp("whole")
    shutil.copy(ROOT / "Pulumi.yaml", project)
    shutil.copytree(ROOT / "stacks", project / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    try:
        done = aistacks(project, "up")
        assert done.returncode == 0, done.stderr
        yield Environment(project, done.stdout)
    finally:
        if State.of(project).exists():
            aistacks(project, "down", "--force")


def test_up_tells_what_exists_where_it_answers_and_that_the_model_names_digits(up: Environment) -> None:
    assert accuracy(up.told) >= 95
    for line in (
        r"created .*kubernetes:apps/v1:Deployment +1 +digits",
        r"emulated +aws:\S+ ",
        r"not emulated +kubernetes:helm.sh/v3:Release",
        rf"export KUBECONFIG={up.state.kubeconfig}",
        r"AWS +http://127\.0\.0\.1:\d+",
        r"Triton +http://127\.0\.0\.1:\d+ .* model digits@[0-9a-f]{12}",
        r"[\d.]+ s +in all",
    ):
        assert re.search(line, up.told), line
    only_recorded = up.told.split("not emulated  ")[1].split("\n26 created")[0]
    types = set(re.findall(r"\b(?:aws|kubernetes):\S+", only_recorded.split(" created (")[0]))
    assert types == {"kubernetes:helm.sh/v3:Release"}


def test_every_bucket_is_encrypted_private_versioned_and_tls_only(up: Environment) -> None:
    s3 = up.aws("s3")
    names = sorted(bucket["Name"] for bucket in s3.list_buckets()["Buckets"])
    assert [name.rsplit("-", 1)[0] for name in names] == [
        "lake-access-logs",
        "lake-bronze",
        "lake-gold",
        "lake-query-results",
        "lake-silver",
        "models",
    ]
    for name in names:
        rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
        algorithm = rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        # S3 delivers its access logs only where S3's own keys encrypt.
        assert algorithm == ("AES256" if "access-logs" in name else "aws:kms"), name
        access = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        assert access and all(access.values()), name
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
        assert s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"] == [
            {"ObjectOwnership": "BucketOwnerEnforced"}
        ]
        deny = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]
        assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "s3:*")
        assert deny["Resource"] == [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_network_has_three_kinds_of_subnet_in_each_zone_and_the_cluster_finds_its_own(up: Environment) -> None:
    ec2 = up.aws("ec2")
    (vpc,) = [v for v in ec2.describe_vpcs()["Vpcs"] if not v["IsDefault"]]
    assert vpc["CidrBlock"] == "10.40.0.0/16"
    tags = {tag["Key"]: tag["Value"] for tag in vpc["Tags"]}
    assert {k: tags[k] for k in ("Environment", "Project", "Owner", "CostCenter")} == {
        "Environment": "sandbox",
        "Project": "aistacks",
        "Owner": "you",
        "CostCenter": "none",
    }
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    kinds: dict[str, set[str]] = {}
    for subnet in subnets:
        assert not subnet["MapPublicIpOnLaunch"]
        named = {tag["Key"]: tag["Value"] for tag in subnet["Tags"]}
        kinds.setdefault(named["Name"].split("-")[1], set()).add(subnet["AvailabilityZone"])
        assert (named.get("karpenter.sh/discovery") == CLUSTER) == ("private" in named["Name"])
    assert kinds == {"public": ZONES, "private": ZONES, "data": ZONES}
    assert [nat["State"] for nat in ec2.describe_nat_gateways()["NatGateways"]] == ["available"]
    assert len(ec2.describe_flow_logs()["FlowLogs"]) == 1


def test_the_cluster_is_private_logged_encrypted_and_has_all_its_parts(up: Environment) -> None:
    eks = up.aws("eks")
    it = eks.describe_cluster(name=CLUSTER)["cluster"]
    assert (it["status"], it["version"]) == ("ACTIVE", "1.35")
    config = it["resourcesVpcConfig"]
    assert (config["endpointPublicAccess"], config["endpointPrivateAccess"]) == (False, True)
    assert it["logging"]["clusterLogging"][0] == {
        "types": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "enabled": True,
    }
    assert it["encryptionConfig"][0]["resources"] == ["secrets"]
    assert it["accessConfig"]["authenticationMode"] == "API"
    (name,) = eks.list_nodegroups(clusterName=CLUSTER)["nodegroups"]
    group = eks.describe_nodegroup(clusterName=CLUSTER, nodegroupName=name)["nodegroup"]
    assert group["taints"] == [{"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}]
    assert group["scalingConfig"]["minSize"] == 2 and len(group["subnets"]) == 3
    assert {"coredns", "eks-pod-identity-agent", "kube-proxy", "vpc-cni"} <= set(
        eks.list_addons(clusterName=CLUSTER)["addons"]
    )
    entries = eks.list_access_entries(clusterName=CLUSTER)["accessEntries"]
    assert any("cluster-karpenter-node" in entry for entry in entries) and len(entries) == 2
    accounts = {
        (a["namespace"], a["serviceAccount"])
        for a in eks.list_pod_identity_associations(clusterName=CLUSTER)["associations"]
    }
    assert {("digits", "digits"), ("kube-system", "aws-node"), ("kube-system", "ebs-csi-controller-sa")} <= accounts


def test_the_warehouse_keys_and_image_repositories(up: Environment) -> None:
    redshift = up.aws("redshift-serverless")
    (workgroup,) = redshift.list_workgroups()["workgroups"]
    assert (workgroup["baseCapacity"], workgroup["publiclyAccessible"], workgroup["enhancedVpcRouting"]) == (
        8,
        False,
        True,
    )
    assert {"parameterKey": "require_ssl", "parameterValue": "true"} in workgroup["configParameters"]
    (namespace,) = redshift.list_namespaces()["namespaces"]
    assert ":key/" in namespace["kmsKeyId"] and namespace["adminPasswordSecretArn"]
    kms = up.aws("kms")
    keys = [key["KeyId"] for key in kms.list_keys()["Keys"]]
    assert len(keys) == 5 and all(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] for key in keys)
    (repository,) = up.aws("ecr").describe_repositories()["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfiguration"]["encryptionType"] == "KMS"


def test_the_service_runs_restricted_and_fetches_the_model_that_was_published(up: Environment) -> None:
    published = re.search(r"model digits@([0-9a-f]{12})", up.told)
    with cluster.client(up.state) as api:
        labels = CoreV1Api(api).read_namespace("digits").metadata.labels
        assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
        deployment = AppsV1Api(api).read_namespaced_deployment("digits", "digits")
        (fetch,) = deployment.spec.template.spec.init_containers
        variables = {entry.name: entry.value for entry in fetch.env}
        scaler = AutoscalingV2Api(api).read_namespaced_horizontal_pod_autoscaler("digits", "digits").spec
        budget = PolicyV1Api(api).read_namespaced_pod_disruption_budget("digits", "digits").spec
        policies = {item.metadata.name for item in NetworkingV1Api(api).list_namespaced_network_policy("digits").items}
        custom = CustomObjectsApi(api)
        pool = custom.get_cluster_custom_object("karpenter.sh", "v1", "nodepools", "inference")
        node = custom.get_cluster_custom_object("karpenter.k8s.aws", "v1", "ec2nodeclasses", "inference")
        rules = custom.list_namespaced_custom_object("monitoring.coreos.com", "v1", "monitoring", "prometheusrules")
    assert published and variables["DIGEST"].startswith(published[1]) and len(variables["DIGEST"]) == 64
    objects = up.aws("s3").list_objects_v2(Bucket=variables["BUCKET"], Prefix=f"digits/{variables['DIGEST']}/")
    assert f"digits/{variables['DIGEST']}/SHA256SUMS" in [entry["Key"] for entry in objects["Contents"]]
    assert (scaler.min_replicas, scaler.max_replicas) == (1, 2)
    assert [metric.type for metric in scaler.metrics] == ["Pods", "Resource"]
    assert budget.max_unavailable == 1
    assert policies == {"digits", "digits-default-deny"}
    assert int(pool["spec"]["limits"]["nvidia.com/gpu"]) == 2
    assert node["spec"]["amiSelectorTerms"][0]["alias"].startswith("bottlerocket@v")
    assert node["spec"]["metadataOptions"]["httpTokens"] == "required"
    assert len(rules["items"]) == 3


def test_again_lost_rebuilt_and_down(up: Environment) -> None:
    settings = {path: path.read_bytes() for path in (up.project / "stacks").iterdir() if path.is_file()}

    again = aistacks(up.project, "up")
    assert "sandbox: 0 changes; " in again.stdout, again.stdout + again.stderr
    assert accuracy(again.stdout) == accuracy(up.told)
    well = aistacks(up.project, "status")
    assert well.returncode == 0, well.stdout
    assert "lost" not in well.stdout and " digits" in well.stdout

    emulator = processes.find(up.state, cloud.EMULATOR)
    assert emulator
    victim = psutil.Process(emulator.pid)
    victim.kill()
    assert not psutil.wait_procs([victim], timeout=60)[1]
    lost = aistacks(up.project, "status")
    assert lost.returncode == 1, lost.stdout
    assert "The emulated AWS was lost since: `aistacks sandbox up` builds it again." in lost.stdout

    rebuilt = aistacks(up.project, "up")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "the emulated AWS was lost since the last time" in rebuilt.stderr
    assert re.search(r"sandbox: (\d+) create", rebuilt.stdout), rebuilt.stdout
    assert accuracy(rebuilt.stdout) == accuracy(up.told)
    assert len(up.aws("s3").list_buckets()["Buckets"]) == 6

    s3 = up.aws("s3")
    s3.create_bucket(Bucket="a-stranger", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    refused = aistacks(up.project, "down")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("error: what the sandbox still holds: got s3: ")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["a-stranger"]
    s3.delete_bucket(Bucket="a-stranger")

    # They remember when they began, so that another program with a pid of theirs isn't taken for them.
    ours = [psutil.Process(process.pid) for process in processes.running(up.state)]
    assert len(ours) >= 4
    down = aistacks(up.project, "down")
    assert down.returncode == 0, down.stderr
    assert down.stdout == "The sandbox is gone; nothing of it is left running.\n"
    assert not up.state.exists()
    # A zombie has ended; when it is collected is its first process's business.
    assert not [process for process in ours if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert {path: path.read_bytes() for path in (up.project / "stacks").iterdir() if path.is_file()} == settings
