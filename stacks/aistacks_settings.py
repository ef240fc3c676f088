"""What an environment's file may say: read, refused where it is wrong, and handed on as component arguments.

Every key below a section is an argument of the section's component, with that component's own type and default; only
what the program wires itself isn't offered. By hand stand here: what two sections must agree on.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NotRequired, TypedDict

import pulumi

from aistacks import (
    Backup,
    CiAccess,
    DataLake,
    EksCluster,
    GpuNodePool,
    InferenceService,
    ModelStore,
    Monitoring,
    Network,
    Warehouse,
    WarehouseMode,
)
from aistacks.component import Component, defaults
from aistacks.settings import DELETION_ALLOWED, IAM, Section, deletions_of, iam_problems, read, typed
from aistacks_backups import labels, stores
from aistacks_catalog.aws.facts import zones
from aistacks_connectivity import require_reachable
from aistacks_core import ipv4
from aistacks_core.errors import UserError
from aistacks_pools import require_shareable, require_static

MANDATORY_TAGS = {
    "Environment": "aistacks.io/environment",
    "Project": "aistacks.io/project",
    "Owner": "aistacks.io/owner",
    "CostCenter": "aistacks.io/cost-center",
}
"""Cost-allocation tags that every AWS resource carries, and the label that says the same on Kubernetes objects."""
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d")
KEY = "environment"
_PLAN = "plan"
"""What `aistacks plan` counts with; nothing that the program makes depends on it, and the plan validates it."""
_STORE = "store"
"""Where `aistacks models` finds the environment's model store; it validates it likewise."""


class Offer(NamedTuple):
    """A section of the file: its component, and what of it the program gives."""

    component: type[Component]
    wired: tuple[str, ...] = ()
    """Arguments that the program alone gives."""
    given: tuple[str, ...] = ()
    """Required arguments for which it has a value where the file states none."""
    keys: Mapping[str, str] = {}
    """The file's key to an argument of another name."""


SECTIONS = {
    "network": Offer(Network, ("cluster_name",)),
    "lake": Offer(DataLake),
    "warehouse": Offer(
        Warehouse,
        (
            "vpc_id",
            "subnet_ids",
            "lake_bucket_arns",
            "lake_databases",
            "lake_kms_key_arns",
            "lake_permission_model",
        ),
    ),
    "cluster": Offer(EksCluster, ("subnet_ids", "isolated_vpc")),
    "models": Offer(ModelStore),
    "monitoring": Offer(Monitoring, ("cluster_name", "kubeconfig", "kubernetes_version")),
    "backup": Offer(Backup, ("bucket_arns", "warehouse_arns", "cluster_identifiers")),
    "ci": Offer(CiAccess),
}
_OPTIONAL = ("warehouse", "monitoring", "backup", "ci")
"""Sections that a file may leave out; then the environment has no such thing."""
GROUPS = {
    "pools": Offer(
        GpuNodePool,
        ("cluster_name", "node_role_name", "node_instance_profile_name", "kubeconfig", "kubernetes_version"),
    ),
    "services": Offer(
        InferenceService,
        (
            "cluster_name",
            "kubeconfig",
            "kubernetes_version",
            "gpu_instance_types",
            "model_store_bucket",
            "model_store_prefix",
            "read_policy_arn",
        ),
        ("namespace",),
        {"digest": "model_digest"},
    ),
}
"""Sections of several components of one kind, by name."""


class _File(TypedDict):
    tags: dict[str, str]
    deletion_protection: NotRequired[bool]
    deletion_allowed: NotRequired[dict[str, str]]
    permissions_boundary_arn: NotRequired[str]
    iam_path: NotRequired[str]
    network: dict[str, object]
    lake: dict[str, object]
    warehouse: NotRequired[dict[str, object]]
    cluster: dict[str, object]
    models: dict[str, object]
    monitoring: NotRequired[dict[str, object]]
    backup: NotRequired[dict[str, object]]
    ci: NotRequired[dict[str, object]]
    pools: NotRequired[dict[str, dict[str, object]]]
    services: NotRequired[dict[str, dict[str, object]]]


@dataclass(frozen=True)
class Environment:
    """Everything that one environment's file says."""

    region: str
    tags: dict[str, str]
    deletion_protection: bool
    iam: dict[str, str]
    """``permissions_boundary_arn`` and ``iam_path``, as far as the file states them: of everything with roles."""
    network: Section
    lake: Section
    cluster: Section
    models: Section
    warehouse: Section | None
    monitoring: Section | None
    backup: Section | None
    ci: Section | None
    pools: dict[str, Section]
    services: dict[str, Section]

    @property
    def common(self) -> Any:
        """Arguments that every component on AWS takes."""
        return {"tags": self.tags, "deletion_protection": self.deletion_protection}

    @property
    def scraped(self) -> dict[str, str]:
        """Arguments by which a service lets the environment's monitoring read its metrics."""
        return {} if self.monitoring is None else {"monitoring_namespace": self.monitoring["namespace"]}

    def gpu_types(self, service: Section) -> list[str]:
        """The instance types of a service's pool; none for a service without one."""
        pool = service.stated.get("pool")
        types: list[str] = self.pools[pool]["instance_types"] if pool is not None else []
        return types

    @property
    def labels(self) -> dict[str, str]:
        """The mandatory tags as labels of Kubernetes objects, so that their costs are told apart too."""
        return {label: self.tags[tag] for tag, label in MANDATORY_TAGS.items()}


def environment() -> Environment:
    """The settings of the stack that runs. Raises ``UserError`` naming file and path of what is wrong."""
    config = pulumi.Config()
    file = f"Pulumi.{pulumi.get_stack()}.yaml"
    for key in pulumi.runtime.config.CONFIG.get():
        namespace, _, rest = key.partition(":")
        known = (KEY, _PLAN, _STORE)
        if namespace == config.name and rest not in known:
            expected = " or ".join(f"{config.name}:{each}" for each in known)
            raise UserError(f"{file}: {key}", "an unknown key", expected)
    text = config.get(KEY)
    where = f"{file}: {config.name}:{KEY}"
    if text is None:
        raise UserError(where, "nothing", "the environment's settings")
    region = pulumi.Config("aws").get("region")
    if region is None:
        raise UserError(f"{file}: aws:region", "nothing", "a region such as eu-west-1")
    try:
        # The engine hands a nested value on as JSON.
        table = json.loads(text)
    except ValueError:
        table = text
    return parse(table, region, where)


def parse(table: Any, region: str, where: str) -> Environment:
    """Validate one environment's table, and each component's arguments. ``where`` heads the error's path."""
    _require_region(table, region, where)
    _require_sections(table, where)
    file = typed(_File, table, where)
    allowed = _deletions(file, where)
    sections = {
        key: _section(offer, _with(allowed, key, file[key]), f"{where}.{key}", key) if key in file else None
        for key, offer in SECTIONS.items()
    }
    groups = {
        key: {name: _section(offer, each, f"{where}.{key}.{name}", name) for name, each in file.get(key, {}).items()}
        for key, offer in GROUPS.items()
    }
    everything: dict[str, Any] = {**sections, **groups}
    _require_tags(file["tags"], f"{where}.tags")
    iam = {key: str(file[key]) for key in IAM if file.get(key) is not None}
    for problem in iam_problems(iam):
        raise UserError(f"{where}.{problem.key}", repr(problem.got), problem.expected)
    found = Environment(region, file["tags"], file.get("deletion_protection", True), iam, **everything)
    _require_zones(found, where)
    _require_services(found, where)
    require_static(found, where)
    require_shareable(found, where)
    _require_valid(found)
    _require_apart(found, where)
    require_reachable(found, where)
    return found


def _deletions(file: Any, where: str) -> dict[str, dict[str, str]]:
    """What may be deleted or replaced today, by section."""
    guarded = [key for key, offer in SECTIONS.items() if key in file and DELETION_ALLOWED in defaults(offer.component)]
    return deletions_of(guarded, file.get(DELETION_ALLOWED, {}), f"{where}.{DELETION_ALLOWED}")


def _with(allowed: Mapping[str, dict[str, str]], key: str, table: Any) -> Any:
    """A section's table with what the file allows for it in one place for all."""
    if key not in allowed or not isinstance(table, dict):
        return table
    own = table.get(DELETION_ALLOWED)
    return {**table, DELETION_ALLOWED: {**allowed[key], **(own if isinstance(own, dict) else {})}}


def _section(offer: Offer, table: object, where: str, name: str) -> Section:
    return read(offer.component, table, where, name=name, wired=offer.wired, given=offer.given, keys=offer.keys)


def _require_region(table: Any, region: str, where: str) -> None:
    if isinstance(table, dict) and "region" in table:
        raise UserError(f"{where}.region", repr(table["region"]), "the region as aws:region only")
    file = where.partition(":")[0]
    if not _REGION.fullmatch(region):
        raise UserError(f"{file}: aws:region", repr(region), "a region of AWS such as eu-west-1")


def _require_sections(table: Any, where: str) -> None:
    """An empty section could mean its defaults, or that there is none."""
    for key in SECTIONS if isinstance(table, dict) else ():
        if key in table and table[key] is None:
            todo = " Leave the section out for none." if key in _OPTIONAL else ""
            raise UserError(f"{where}.{key}", "nothing", "a mapping", f"{{}} takes every default.{todo}")


def _require_tags(tags: dict[str, str], where: str) -> None:
    missing = [key for key in MANDATORY_TAGS if not tags.get(key)]
    if missing:
        raise UserError(where, f"no {', '.join(missing)}", f"the tags {', '.join(MANDATORY_TAGS)}")
    for key in MANDATORY_TAGS:
        if not _LABEL_VALUE.fullmatch(tags[key]):
            expected = "a Kubernetes label's value, too: letters, digits, '.', '_', '-'; at most 63"
            raise UserError(f"{where}.{key}", repr(tags[key]), expected)


def _require_zones(found: Environment, where: str) -> None:
    """Zones lie in the region that the provider works in, and are as many as what lives in them needs."""
    zones_ = found.network["availability_zones"]
    known = _known_zones(found.region)
    for i, zone in enumerate(zones_):
        if not zone.startswith(found.region):
            expected = f"a zone of {found.region}, the region in aws:region"
            path = f"{where}.network.availability_zones[{i}]"
            raise UserError(path, repr(zone), f"{expected} ({', '.join(known)})" if known else expected)
    warehouse = found.warehouse
    three = warehouse is not None and (warehouse["mode"] is WarehouseMode.SERVERLESS or warehouse["multi_az"])
    needed, whose = (3, "this warehouse's") if three else (2, "an EKS cluster's")
    if len(set(zones_)) < needed:
        expected = f"{needed} zones at least, {whose} subnets"
        raise UserError(f"{where}.network.availability_zones", repr(zones_), expected)


def _known_zones(region: str) -> tuple[str, ...]:
    try:
        return zones(region)
    except LookupError:
        return ()


_CLIENTS = ("client_namespaces", "client_pod_labels", "client_cidrs")


def _require_services(found: Environment, where: str) -> None:
    """A service has a pool of the file's, and somebody who may call it."""
    for name, service in found.services.items():
        pool = service.stated.get("pool")
        if pool is not None and pool not in found.pools:
            expected = f"one of the pools: {', '.join(found.pools) or 'none'}"
            raise UserError(f"{where}.services.{name}.pool", repr(pool), expected)
        taken = found.monitoring["namespace"] if found.monitoring else ""
        if taken and name in (taken, f"{taken}-nodes"):
            expected = "another name: its namespace is called like it, and monitoring makes this one"
            raise UserError(f"{where}.services.{name}", repr(name), expected)
        # The namespace that the program makes holds nothing but the service.
        if service.stated.get("create_namespace", True) and not any(service.stated.get(key) for key in _CLIENTS):
            expected = f"one of {', '.join(_CLIENTS)}"
            raise UserError(f"{where}.services.{name}", "no clients", expected, "Its namespace lets nobody else in.")


def _require_apart(found: Environment, where: str) -> None:
    """The pods' way to a service of the cluster must not lead into the network."""
    network, services = (ipv4.parse(c) for c in (found.network["cidr"], found.cluster["service_cidr"]))
    if network.overlaps(services):
        expected = f"a range apart from cluster.service_cidr {services}"
        raise UserError(f"{where}.network.cidr", repr(str(network)), expected)


def _require_valid(found: Environment) -> None:
    """Each component validates its arguments before the first of them registers anything."""
    for key in (*SECTIONS, *GROUPS):
        each = getattr(found, key)
        for section in each.values() if isinstance(each, dict) else [each]:
            if section is not None:
                section.validate(**_given(found, key, section))


def _given(found: Environment, key: str, section: Section) -> dict[str, Any]:
    """What the program will give a section's component, as far as its validation needs it."""
    if key == "backup":
        return _stores(found, section)
    kubernetes = {"kubernetes_version": found.cluster["kubernetes_version"]}
    if key == "services":
        return {**kubernetes, "gpu_instance_types": found.gpu_types(section)}
    return kubernetes if key in ("monitoring", "pools") else {}


def _stores(found: Environment, backup: Section) -> dict[str, Any]:
    """What the program will give a backup, without the names that AWS gives."""
    return stores(backup, found.warehouse, dict.fromkeys(labels(found.lake), "-"), "-", "-")
