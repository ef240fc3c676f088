"""Clusters by the node: OpenSearch, MSK, Amazon MQ; and file systems."""

from __future__ import annotations

from aistacks_core.snapshot import Registration

from ..context import Context
from ..quantities import at, number, table, text, yes

_SEARCH = "m4.large.search"
"""What a domain has that names no type (pulumi-aws 7.51.1, opensearch.DomainClusterConfigArgs)."""


def search(r: Registration, c: Context) -> None:
    """OpenSearch by its nodes, and by the volume of each."""
    nodes = table(r.inputs.get("clusterConfig"))
    type_, count = text(nodes.get("instanceType", _SEARCH)), number(nodes.get("instanceCount", 1))
    if type_ is None or count is None:
        c.leave(r, "search nodes", "their type or number isn't known before deployment")
        return
    c.charge(r, f"search nodes, {count:g} x {type_}", "opensearch", type_, c.always(count))
    if yes(nodes.get("dedicatedMasterEnabled")):
        master, masters = text(nodes.get("dedicatedMasterType")), number(nodes.get("dedicatedMasterCount"))
        if master is None or masters is None:
            c.leave(r, "search masters", "their type or number isn't stated, or isn't known before deployment")
        else:
            c.charge(r, f"search masters, {masters:g} x {master}", "opensearch", master, c.always(masters))
    if yes(nodes.get("warmEnabled")) or at(nodes, "coldStorageOptions", "enabled"):
        c.leave(r, "warm and cold storage", "it has no pricing rule")
    disk = table(r.inputs.get("ebsOptions"))
    if not yes(disk.get("ebsEnabled")):
        return
    kind, size = disk.get("volumeType", "gp2"), number(disk.get("volumeSize"))
    if not text(kind) or size is None:
        c.leave(r, "search volumes", "their kind or size isn't stated, or isn't known before deployment")
        return
    c.charge(r, f"search volumes, {kind}", "opensearch", f"storage {kind}", count * size)
    if disk.get("iops") is not None or disk.get("throughput") is not None:
        c.leave(r, "search volumes, IOPS", "provisioned IOPS and throughput have no pricing rule")


def kafka(r: Registration, c: Context) -> None:
    """MSK by its brokers, and by the volume of each."""
    group = r.inputs.get("brokerNodeGroupInfo")
    type_, count = text(at(group, "instanceType")), number(r.inputs.get("numberOfBrokerNodes"))
    if type_ is None or count is None:
        c.leave(r, "brokers", "their type or number isn't known before deployment")
        return
    c.charge(r, f"brokers, {count:g} x {type_}", "msk", f"broker {type_}", c.always(count))
    disk = table(at(group, "storageInfo", "ebsStorageInfo"))
    size = number(disk.get("volumeSize"))
    if size is None:
        c.leave(r, "brokers' volumes", "their size isn't stated, or isn't known before deployment")
    else:
        c.charge(r, "brokers' volumes", "msk", "storage", count * size)
    if disk.get("provisionedThroughput"):
        c.leave(r, "brokers' volumes, throughput", "provisioned throughput has no pricing rule")


def kafka_serverless(r: Registration, c: Context) -> None:
    """By the hour; its partitions and what goes through them depend on use."""
    c.charge(r, "cluster, hours", "msk", "serverless cluster", c.always())
    c.leave(r, "partitions, data and storage", "they depend on use and have no figure here")


def broker(r: Registration, c: Context) -> None:
    """Amazon MQ by the hour of its broker; what it stores depends on use."""
    engine, type_ = text(r.inputs.get("engineType")), text(r.inputs.get("hostInstanceType"))
    mode = text(r.inputs.get("deploymentMode", "SINGLE_INSTANCE"))
    name = {"activemq": "ActiveMQ", "rabbitmq": "RabbitMQ"}.get((engine or "").lower())
    if name is None or type_ is None or mode is None:
        c.leave(r, "broker", "its engine, type or mode isn't known before deployment")
    else:
        c.charge(r, f"broker, {type_}", "mq", f"{name} {mode} {type_}", c.always())
    c.leave(r, "broker, stored", "it depends on use and has no figure here")


def file_system(r: Registration, c: Context) -> None:
    """EFS by what it holds, and by the throughput that is provisioned for it."""
    item = "standard" if r.inputs.get("availabilityZoneName") is None else "one zone"
    c.used(r, "file system, stored", "efs", item, "filesystem_gb")
    mode = r.inputs.get("throughputMode", "bursting")
    if mode == "provisioned":
        speed = number(r.inputs.get("provisionedThroughputInMibps"))
        if speed is None:
            c.leave(r, "file system, throughput", "it isn't known before deployment")
        else:
            c.charge(r, "file system, throughput", "efs", "throughput", speed)
    elif mode != "bursting":
        c.leave(r, "file system, reads and writes", "elastic throughput depends on use and has no figure here")
