"""What an environment's file may say: read, refused where it is wrong, and handed on as component arguments.

Every key is a component's own argument of that name, so a key that a file leaves out has the component's default.
"""

import re
from pathlib import Path
from typing import Annotated, Any

import pulumi
import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from aistacks import CapacityType, NatMode, PermissionModel, PoolPurpose, Runtime, Severity, WarehouseMode
from aistacks._arguments import renamed
from aistacks_catalog.aws.facts import instance, zones
from aistacks_core import ipv4
from aistacks_core.errors import UserError

MANDATORY_TAGS = {
    "Environment": "aistacks.io/environment",
    "Project": "aistacks.io/project",
    "Owner": "aistacks.io/owner",
    "CostCenter": "aistacks.io/cost-center",
}
"""Cost-allocation tags that every AWS resource carries, and the label that says the same on Kubernetes objects."""
_LABEL_VALUE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
KEY = "environment"
_PLAN = "plan"
"""What `aistacks plan` counts with; nothing that the program makes depends on it, and the plan validates it."""
_STORE = "store"
"""Where `aistacks models` finds the environment's model store; it validates it likewise."""


def _known_instance(type_: str) -> str:
    try:
        instance(type_)
    except LookupError as error:
        raise ValueError(f"expected an instance type that is known here ({error.args[0]})") from None
    return type_


def _cidr(text: str) -> str:
    try:
        return str(ipv4.parse(text))
    except ValueError as error:
        raise ValueError(f"expected an IPv4 range such as 10.0.0.0/16: {error}") from None


InstanceType = Annotated[str, AfterValidator(_known_instance)]
Cidr = Annotated[str, AfterValidator(_cidr)]
Digest = Annotated[str, Field(pattern=r"^(sha256:)?[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$")]


class Section(BaseModel):
    """One table of an environment's file."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    def args(self, **more: Any) -> Any:
        """The component arguments that the file states, and ``more``."""
        return {**self.model_dump(exclude_unset=True), **more}


class NetworkSettings(Section):
    """See ``aistacks.Network``."""

    cidr: Cidr
    availability_zones: Annotated[list[str], Field(min_length=2, max_length=6)]
    nat: NatMode
    reserved_cidrs: list[Cidr] = []
    interface_endpoints: list[str] = []
    flow_log_retention_days: PositiveInt = 365


class LakeSettings(Section):
    """See ``aistacks.DataLake``."""

    layers: Annotated[list[str], Field(min_length=1)] = ["bronze", "silver", "gold"]
    noncurrent_version_retention_days: PositiveInt = 30
    expire_days: dict[str, PositiveInt] = {}
    expire_prefixes: dict[str, str] = {}
    query_result_retention_days: PositiveInt = 30
    permission_model: PermissionModel = PermissionModel.IAM
    access_log_retention_days: PositiveInt = 365
    query_scan_limit_gib: PositiveInt = 1024


class WarehouseSettings(Section):
    """See ``aistacks.Warehouse``."""

    mode: WarehouseMode
    base_rpus: PositiveInt = 8
    max_rpus: PositiveInt = 32
    daily_rpu_hours: PositiveInt = 100
    node_type: str = "ra3.large"
    nodes: PositiveInt = 2
    multi_az: bool = False
    snapshot_retention_days: PositiveInt = 7
    audit_log_retention_days: PositiveInt = 365


class ClusterSettings(Section):
    """See ``aistacks.EksCluster``."""

    kubernetes_version: str
    public_access_cidrs: list[Cidr] = []
    private_access_cidrs: list[Cidr] = []
    service_cidr: Cidr = "172.20.0.0/16"
    admin_role_arns: dict[str, str] = {}
    system_instance_types: list[InstanceType] = []
    system_node_count: PositiveInt = 2
    general_max_vcpus: Annotated[int, Field(ge=0)] = 64
    log_retention_days: PositiveInt = 365


class PoolSettings(Section):
    """See ``aistacks.GpuNodePool``."""

    instance_types: Annotated[list[InstanceType], Field(min_length=1)]
    capacity_types: list[CapacityType]
    max_gpus: PositiveInt
    purpose: PoolPurpose = PoolPurpose.INFERENCE
    consolidate_after_minutes: PositiveInt = 15


class ModelStoreSettings(Section):
    """See ``aistacks.ModelStore``."""

    repositories: list[str] = []
    noncurrent_version_retention_days: PositiveInt = 90
    keep_images: PositiveInt | None = None


class ServiceSettings(Section):
    """See ``aistacks.InferenceService``; ``digest`` is what publishing the model prints."""

    model: str
    digest: Digest
    runtime: Runtime = Runtime.TRITON
    pool: str | None = None
    client_namespaces: list[str] = []
    client_pod_labels: dict[str, str] = {}
    client_cidrs: list[Cidr] = []
    image: str = ""
    image_registry: str = ""
    gpus: Annotated[int, Field(ge=0)] = 0
    cpu: str = "2"
    memory: str = "4Gi"
    min_replicas: PositiveInt = 1
    max_replicas: PositiveInt = 4

    def args(self, **more: Any) -> Any:
        """The component arguments that the file states, and ``more``."""
        stated = self.model_dump(exclude_unset=True, exclude={"digest", "pool"})
        return {**stated, "model_digest": self.digest, **more}


class MonitoringSettings(Section):
    """See ``aistacks.Monitoring``."""

    metric_retention_days: PositiveInt
    storage_gib: PositiveInt
    replicas: PositiveInt = 1
    gpu_metrics: bool = True
    alert_topic_arn: str | None = None
    alert_topic_key_arn: str | None = None
    alert_slack_secret: str = ""
    alert_slack_channel: str = "#alerts"
    alert_severity: Severity = Severity.WARNING


class Environment(Section):
    """Everything that one environment's file says."""

    region: str
    tags: dict[str, str]
    deletion_protection: bool
    network: NetworkSettings
    lake: LakeSettings
    warehouse: WarehouseSettings
    cluster: ClusterSettings
    pools: dict[Name, PoolSettings]
    models: ModelStoreSettings
    services: dict[Name, ServiceSettings]
    monitoring: MonitoringSettings

    @property
    def common(self) -> Any:
        """Arguments that every component on AWS takes."""
        return {"tags": self.tags, "deletion_protection": self.deletion_protection}

    @property
    def labels(self) -> dict[str, str]:
        """The mandatory tags as labels of Kubernetes objects, so that their costs are told apart too."""
        return {label: self.tags[tag] for tag, label in MANDATORY_TAGS.items()}

    @field_validator("tags")
    @classmethod
    def _tagged(cls, tags: dict[str, str]) -> dict[str, str]:
        missing = [key for key in MANDATORY_TAGS if not tags.get(key)]
        if missing:
            raise ValueError(f"expected the tags {', '.join(MANDATORY_TAGS)}; {', '.join(missing)} missing")
        for key in MANDATORY_TAGS:
            if not _LABEL_VALUE.fullmatch(tags[key]):
                raise ValueError(
                    f"expected {key} to be a Kubernetes label too (letters, digits, '.', '_', '-'; at most 63);"
                    f" it is {tags[key]!r}"
                )
        return tags

    @field_validator("network")
    @classmethod
    def _placed(cls, network: NetworkSettings, info: ValidationInfo) -> NetworkSettings:
        region = info.data.get("region")
        known = zones(region) if region else ()
        for zone in network.availability_zones:
            if region and zone not in known:
                raise ValueError(f"expected zones of {region} ({', '.join(known)}); {zone!r} isn't one")
        return network

    @model_validator(mode="after")
    def _fits(self) -> "Environment":
        network = ipv4.parse(self.network.cidr)
        others = {"cluster.service_cidr": self.cluster.service_cidr}
        others |= {f"network.reserved_cidrs[{i}]": c for i, c in enumerate(self.network.reserved_cidrs)}
        for path, other in others.items():
            if network.overlaps(ipv4.parse(other)):
                raise ValueError(f"network.cidr {network} overlaps {path} {other}; expected ranges apart")
        for name, service in self.services.items():
            if service.pool is not None and service.pool not in self.pools:
                known = ", ".join(self.pools) or "none"
                raise ValueError(f"services.{name}.pool is {service.pool!r}; expected one of the pools: {known}")
            if not (service.client_namespaces or service.client_pod_labels or service.client_cidrs):
                raise ValueError(
                    f"services.{name} names no clients; expected client_namespaces, client_pod_labels or client_cidrs,"
                    " for its namespace lets nobody else in"
                )
        return self


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
    table = config.get(KEY)
    if table is None:
        raise UserError(f"{file}: {config.name}:{KEY}", "nothing", "the environment's settings")
    region = pulumi.Config("aws").get("region")
    if region is None:
        raise UserError(f"{file}: aws:region", "nothing", "a region such as eu-west-1")
    return parse(yaml.safe_load(table), region, f"{file}: {config.name}:{KEY}")


def parse(table: Any, region: str, where: str) -> Environment:
    """Validate one environment's table. ``where`` heads the error's path."""
    if not isinstance(table, dict):
        raise UserError(where, repr(table), "a table")
    if "region" in table:
        raise UserError(f"{where}.region", repr(table["region"]), "the region as aws:region only")
    try:
        zones(region)
    except LookupError:
        expected = "a region of AWS that is known here, such as eu-west-1"
        raise UserError(f"{where.partition(':')[0]}: aws:region", repr(region), expected) from None
    try:
        return Environment(**table, region=region)
    except ValidationError as error:
        raise _one_line(error, where) from None


def _one_line(error: ValidationError, where: str) -> UserError:
    # A mistyped key is told before the key that is missing because of it.
    first, *rest = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"])
    more = f"{len(rest)} more after it." if rest else ""
    if first["type"] == "extra_forbidden":
        owner = first["loc"][:-1]
        now = renamed(first["loc"][-1])
        todo = f"It is called {now!r} now. {more}" if now else more
        return UserError(where + path, "an unknown key", _keys(owner), todo)
    if first["type"] == "missing":
        return UserError(where + path, "nothing", "a value: this key is required", more)
    text = first["msg"].removeprefix("Value error, ")
    got = "" if isinstance(first["input"], (dict, BaseModel)) else repr(first["input"])
    expected = text.removeprefix("expected ").replace("Input should be", "").strip()
    return UserError(where + path, got or "what doesn't fit together", expected, more)


def _keys(owner: tuple[Any, ...]) -> str:
    model: Any = Environment
    for step in owner:
        field = model.model_fields.get(step) if hasattr(model, "model_fields") else None
        if field is None:
            continue
        annotation = field.annotation
        inner = getattr(annotation, "__args__", ())
        model = annotation if hasattr(annotation, "model_fields") else (inner[-1] if inner else annotation)
    return f"one of {', '.join(k for k in model.model_fields if k != 'region')}"


def files(folder: Path) -> list[Path]:
    """Every environment's file in ``folder``."""
    return sorted(folder.glob("Pulumi.*.yaml"))
