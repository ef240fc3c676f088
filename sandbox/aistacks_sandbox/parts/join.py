"""Makes a Node of every instance that Karpenter launched and of every managed node group, and takes it back.

Plays what an instance does at its boot: it joins with the name, the labels and the taints that EKS, the node group or
the instance's own user data give it, and with the capacity of its type. A process of its own, beside the API server.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from kubernetes import config as kube_config
from kubernetes.client import ApiClient, ApiException, Configuration, CoreV1Api
from urllib3.exceptions import HTTPError

from ..holdings import MANAGER

_MARK = "kwok.x-k8s.io/node"
_POOL = "karpenter.sh/nodepool"
_UNREGISTERED = {"key": "karpenter.sh/unregistered", "effect": "NoExecute"}
_PAUSE = 1.0
_PODS = 110
_DEFAULT_TYPE = "t3.medium"
"""Of a managed node group that states none (EKS API, CreateNodegroup)."""
_KERNEL = "6.12.58"
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}


class Join:
    """``root``: the sandbox's folder, whose notes say in which regions stacks are."""

    def __init__(self, endpoint: str, kubeconfig: str, root: Path) -> None:
        settings = Configuration()
        kube_config.load_kube_config(kubeconfig, client_configuration=settings)  # type: ignore[no-untyped-call]
        settings.proxy = None
        self.core: Any = CoreV1Api(ApiClient(settings))
        self.endpoint, self.notes = endpoint, root / "sandbox.json"
        self._clients: dict[tuple[str, str], Any] = {}
        self._types: dict[str, dict[str, Any]] = {}

    def run(self) -> None:
        """Settle once a second, for ever."""
        while True:
            try:
                self.settle()
            except (ApiException, BotoCoreError, ClientError, HTTPError, OSError, KeyError, ValueError) as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
                sys.stderr.flush()
            time.sleep(_PAUSE)

    def settle(self) -> None:
        """Make the nodes that are missing, and drop those whose instance is gone."""
        wanted = {node["metadata"]["name"]: node for region in self._regions() for node in self._nodes(region)}
        there = {
            node.metadata.name: node
            for node in self.core.list_node().items
            if _MARK in (node.metadata.annotations or {})
        }
        for name in wanted.keys() - there.keys():
            self.core.create_node(wanted[name], field_manager=MANAGER)
        for name in there.keys() - wanted.keys():
            if not there[name].metadata.deletion_timestamp:
                self.core.delete_node(name)

    def _regions(self) -> list[str]:
        """Of the stacks that are noted. Raises ``ValueError`` for notes that can't be read: no node is dropped then."""
        stacks = json.loads(self.notes.read_text()).get("stacks", {})
        return sorted({str(stack["region"]) for stack in stacks.values()})

    def _nodes(self, region: str) -> Iterator[dict[str, Any]]:
        ec2, eks = self._client("ec2", region), self._client("eks", region)
        filters = [
            {"Name": "tag-key", "Values": [_POOL]},
            {"Name": "instance-state-name", "Values": ["pending", "running"]},
        ]
        for page in ec2.get_paginator("describe_instances").paginate(Filters=filters):
            for reservation in page["Reservations"]:
                for instance in reservation["Instances"]:
                    yield self._of_instance(ec2, region, instance)
        for cluster in eks.list_clusters()["clusters"]:
            for group in eks.list_nodegroups(clusterName=cluster)["nodegroups"]:
                found = eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)["nodegroup"]
                yield from self._of_group(ec2, region, found)

    def _of_instance(self, ec2: Any, region: str, instance: dict[str, Any]) -> dict[str, Any]:
        said = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
        labels, taints = settings_of(
            base64.b64decode(said.get("UserData", {}).get("Value", "")).decode(errors="replace")
        )
        if _UNREGISTERED not in taints:
            taints.append(dict(_UNREGISTERED))
        zone, name = instance["Placement"]["AvailabilityZone"], instance["PrivateDnsName"]
        return self._node(ec2, name, region, zone, instance["InstanceId"], instance["InstanceType"], labels, taints)

    def _of_group(self, ec2: Any, region: str, group: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if group.get("status") == "DELETING":
            return
        taints = [
            _taint(each["key"], each.get("value"), _EFFECTS[each["effect"]]) for each in group.get("taints") or []
        ]
        subnets = ec2.describe_subnets(SubnetIds=group["subnets"])["Subnets"]
        zones = [each["AvailabilityZone"] for each in subnets]
        labels = {**(group.get("labels") or {}), "eks.amazonaws.com/nodegroup": group["nodegroupName"]}
        for number in range(group["scalingConfig"]["desiredSize"]):
            digest = hashlib.sha256(f"{group['nodegroupArn']}/{number}".encode()).hexdigest()
            address = "-".join(str(int(digest[i : i + 2], 16)) for i in (0, 2))
            yield self._node(
                ec2,
                f"ip-10-255-{address}.{region}.compute.internal",
                region,
                zones[number % len(zones)],
                f"i-{digest[:17]}",
                (group.get("instanceTypes") or [_DEFAULT_TYPE])[0],
                labels,
                taints,
            )

    def _node(
        self,
        ec2: Any,
        name: str,
        region: str,
        zone: str,
        instance: str,
        kind: str,
        labels: dict[str, str],
        taints: list[dict[str, str]],
    ) -> dict[str, Any]:
        if kind not in self._types:
            self._types[kind] = ec2.describe_instance_types(InstanceTypes=[kind])["InstanceTypes"][0]
        about = self._types[kind]
        arch = "arm64" if "arm64" in about["ProcessorInfo"]["SupportedArchitectures"] else "amd64"
        capacity = capacity_of(about)
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {
                "name": name,
                "annotations": {_MARK: "fake"},
                "labels": {
                    "beta.kubernetes.io/instance-type": kind,
                    "kubernetes.io/arch": arch,
                    "kubernetes.io/hostname": name,
                    "kubernetes.io/os": "linux",
                    "node.kubernetes.io/instance-type": kind,
                    "topology.kubernetes.io/region": region,
                    "topology.kubernetes.io/zone": zone,
                    **labels,
                },
            },
            "spec": {"providerID": f"aws:///{zone}/{instance}", "taints": taints},
            "status": {
                "capacity": capacity,
                "allocatable": capacity,
                "nodeInfo": {
                    "architecture": arch,
                    "operatingSystem": "linux",
                    "kernelVersion": _KERNEL,
                    "bootID": "",
                    "machineID": "",
                    "systemUUID": "",
                    "osImage": "",
                    "containerRuntimeVersion": "",
                    "kubeletVersion": "",
                    "kubeProxyVersion": "",
                },
            },
        }

    def _client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            keys: Any = {"aws_access_key_id": "sandbox", "aws_secret_access_key": "sandbox"}
            settings = Config(retries={"max_attempts": 0}, proxies={})
            make: Any = boto3.client
            self._clients[service, region] = make(
                service, endpoint_url=self.endpoint, region_name=region, config=settings, **keys
            )
        return self._clients[service, region]


def _taint(key: str, value: str | None, effect: str) -> dict[str, str]:
    return {"key": key, "effect": effect, **({"value": value} if value else {})}


def settings_of(user_data: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Labels and taints that a Bottlerocket node's user data gives it; none of other user data."""
    try:
        kubernetes = tomllib.loads(user_data)["settings"]["kubernetes"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        return {}, []
    taints = []
    for key, values in (kubernetes.get("node-taints") or {}).items():
        for text in values if isinstance(values, list) else [values]:
            value, _, effect = text.rpartition(":")
            taints.append(_taint(key, value, effect))
    return {str(key): str(value) for key, value in (kubernetes.get("node-labels") or {}).items()}, taints


def capacity_of(about: dict[str, Any]) -> dict[str, str]:
    """What a node of an instance type offers, with its device plugins at work.

    ``about``: EC2's description of the type. Memory is less by what the machine keeps to itself, as Karpenter reckons
    it: 7.5 %.
    """
    memory = int(about["MemoryInfo"]["SizeInMiB"] * 0.925)
    found = {
        "cpu": str(about["VCpuInfo"]["DefaultVCpus"]),
        "memory": f"{memory}Mi",
        "pods": str(_PODS),
        "ephemeral-storage": "100Gi",
    }
    gpus = [each for each in about.get("GpuInfo", {}).get("Gpus", []) if each["Manufacturer"] == "NVIDIA"]
    if gpus:
        found["nvidia.com/gpu"] = str(sum(each["Count"] for each in gpus))
    interfaces = about.get("NetworkInfo", {}).get("EfaInfo", {}).get("MaximumEfaInterfaces")
    if interfaces:
        found["vpc.amazonaws.com/efa"] = str(interfaces)
    return found


def main(endpoint: str, kubeconfig: str, root: str) -> None:
    """Settle for ever."""
    Join(endpoint, kubeconfig, Path(root)).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
