"""What a program doesn't say of its use: read from ``<project>:plan`` in an environment's file, and refused where it
is wrong. How a program is used nobody knows but who runs it: what isn't stated of that is left out of the total, and
its price is told by the unit. What the program leaves open (how many of a pool's nodes run) has a default.

The table there is ``budget_usd_per_month``, ``answers``, ``threshold`` (the fields of ``Threshold``), and
``assumptions``, whose keys are the fields of ``Usage``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from aistacks_core.errors import UserError

from ..threshold import Threshold

KEY = "plan"
"""Of the configuration, in the project's own namespace."""
Amount = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]


def _stated(value: Any) -> Any:
    if value is None:
        raise ValueError("a valid number, or no such line")
    return value


Use = Annotated[Amount | None, BeforeValidator(_stated)]
"""``None``: not stated. What it costs then depends on the use, and is no part of the total."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Usage(_Table):
    """A month of use. ``each`` is one resource of that kind."""

    hours: Annotated[float, Field(gt=0, le=744)] = Field(
        default=730, description="Hours in a month: the 8,760 of a year in twelve parts."
    )
    busy_factor: Annotated[float, Field(ge=1, le=1000)] = Field(
        default=3, description="The dearest month has this many times the use that is assumed here: traffic peaks."
    )
    pool_share: Share = Field(
        default=0.25,
        description="Part of a node pool's limit that runs on average: pools are cut for peaks and start at zero.",
    )
    pools: dict[str, Share] = Field(default={}, description="The same for single pools, by name.")
    unlimited_pool_nodes: Amount = Field(
        default=3, description="Nodes of a pool that states no limit: one in each of three zones."
    )
    spot_share: Share = Field(
        default=0.7,
        description="Part of the hours that are spot, where a pool may have both: spot is taken first, if there.",
    )
    reserved_share: Share = Field(
        default=0,
        description="Part of the hours in reserved capacity, where a pool may use it: nothing is known to be reserved.",
    )
    reserved_discount: Share = Field(
        default=0, description="What reserved capacity costs less than on-demand: a reservation alone has no discount."
    )
    nat_gb: Use = Field(default=None, description="GB through each NAT gateway, both ways.")
    endpoint_gb: Use = Field(default=None, description="GB through each interface endpoint.")
    egress_gb: Use = Field(default=None, description="GB out to the internet, for each internet gateway.")
    balancer_units: Use = Field(default=None, description="Capacity units (LCU) of each load balancer, on average.")
    classic_balancer_gb: Use = Field(default=None, description="GB through each classic load balancer.")
    transit_gb: Use = Field(default=None, description="GB from each attachment to a transit gateway.")
    flow_log_gb: Use = Field(default=None, description="GB that each flow log's group takes.")
    cluster_log_gb: Use = Field(default=None, description="GB that each EKS control plane logs.")
    log_gb: Use = Field(default=None, description="GB that any other log group takes.")
    bucket_gb: Use = Field(default=None, description="GB in each bucket, old versions included.")
    buckets: dict[str, Amount] = Field(
        default={}, description="The same for single buckets, by their name in the program."
    )
    bucket_writes: Use = Field(default=None, description="PUT, COPY, POST and LIST requests to each bucket.")
    bucket_reads: Use = Field(default=None, description="GET and other requests to each bucket.")
    images_gb: Use = Field(default=None, description="GB in each image repository, all of its layers.")
    backups_gb: Use = Field(default=None, description="GB of backups in each vault of AWS Backup.")
    filesystem_gb: Use = Field(default=None, description="GB in each EFS file system, in its standard class.")
    warehouse_hours: Use = Field(
        default=None, description="Hours that queries run on each serverless warehouse, at its base capacity."
    )
    warehouse_gb: Use = Field(default=None, description="GB that each warehouse stores, in managed storage.")
    scanned_tb: Use = Field(default=None, description="TB that each Athena workgroup's queries scan.")
    dpu_hours: Use = Field(default=None, description="DPU-hours of each Glue job and crawler.")
    key_requests: Use = Field(default=None, description="Requests to each KMS key, by all who use it.")
    secret_requests: Use = Field(default=None, description="Requests to each secret, by all who read it.")
    queue_requests: Use = Field(default=None, description="Requests to each queue: sends, receives and deletes.")
    topic_requests: Use = Field(default=None, description="Requests that publish to each topic of SNS.")
    function_requests: Use = Field(default=None, description="Requests to each Lambda function.")
    function_ms: Use = Field(default=None, description="Milliseconds that a request to a function takes, on average.")
    api_requests: Use = Field(default=None, description="Requests or messages to each API of API Gateway.")
    table_gb: Use = Field(default=None, description="GB in each DynamoDB table, indexes included.")
    table_reads: Use = Field(default=None, description="Read request units of each DynamoDB table on demand.")
    table_writes: Use = Field(default=None, description="Write request units of each DynamoDB table on demand.")
    aurora_gb: Use = Field(default=None, description="GB in each Aurora cluster, which its instances share.")
    aurora_ios: Use = Field(default=None, description="I/O requests of each Aurora cluster that pays for them.")
    stream_gb: Use = Field(default=None, description="GB into each Kinesis stream on demand, and each Firehose stream.")
    state_transitions: Use = Field(default=None, description="State transitions of each standard state machine.")
    cdn_gb: Use = Field(default=None, description="GB that each distribution sends to the internet.")
    cdn_requests: Use = Field(default=None, description="HTTPS requests to each distribution of CloudFront.")
    zone_queries: Use = Field(default=None, description="DNS queries to each public hosted zone.")
    firewall_requests: Use = Field(default=None, description="Requests that each web ACL looks at.")


def with_figure(usage: Usage, text: str) -> str:
    """An assumption as a reader takes it: a field's name gets its figure and what it means.

    ``bucket_gb`` becomes ``bucket_gb 100: GB in each bucket, old versions included``; anything else stays.
    """
    name, comma, rest = text.partition(",")
    field, _, key = name.partition(".")
    about = Usage.model_fields.get(field)
    if about is None:
        return text
    value = getattr(usage, field)
    value = value.get(key) if isinstance(value, dict) else value
    if not isinstance(value, int | float):
        return text
    meaning = (about.description or "").partition(":")[0].rstrip(".")
    return f"{name} {value:,g}: {meaning}{comma}{rest}"


class Assumptions(_Table):
    """An environment's budget and its use."""

    budget_usd_per_month: Amount | None = Field(
        default=None, description="US dollars that the expected cost may reach; more fails. Without one nothing fails."
    )
    assumptions: Usage = Field(default=Usage(), description="A month of use.")
    threshold: Threshold = Field(
        default=Threshold(), description="From which severity on a finding stops a merge, or wants a look."
    )
    answers: Any = Field(
        default=None, description="What functions answer that only the cloud knows, by token; the plan reads them."
    )

    @property
    def usage(self) -> Usage:
        """The month of use."""
        return self.assumptions


def read(config: Mapping[str, Any], where: str, project: str = "") -> Assumptions:
    """The table ``<project>:plan`` of an environment's configuration, or the defaults where it has none.

    ``config``: full keys to values, as in a settings file (tables, or the same as JSON or YAML text). ``where``: the
    file, which heads an error's place. ``project``: whose key is meant; empty where there is one such key only. Raises
    ``UserError`` with the path of what is wrong.
    """
    keys = [k for k in config if k == f"{project}:{KEY}" or (not project and k.endswith(f":{KEY}"))]
    if not keys:
        return Assumptions()
    if len(keys) > 1:
        raise UserError(where, f"the keys {', '.join(sorted(keys))}", "one", "Say which project is meant.")
    place = f"{where}: {keys[0]}"
    return parse(_value(config[keys[0]], place), place)


def parse(table: Any, where: str) -> Assumptions:
    """Validate the table. ``where`` heads the error's path."""
    if table is None:
        return Assumptions()
    if not isinstance(table, Mapping):
        raise UserError(where, repr(table)[:80], "a mapping: budget_usd_per_month, assumptions")
    if set(table) == {"secure"}:
        raise UserError(where, "an encrypted value", "a plain mapping", "A plan has no secret to read it with.")
    # `assumptions:` with nothing under it is what a reader leaves who has taken the lines away.
    stated = {key: {} if key == "assumptions" and value is None else value for key, value in table.items()}
    try:
        return Assumptions.model_validate(stated)
    except ValidationError as error:
        raise _one_line(error, where) from None


def _value(value: Any, where: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise UserError(where, " ".join(str(error).split())[:120], "a mapping") from error


def _one_line(error: ValidationError, where: str) -> UserError:
    # A mistyped key is told before whatever else is wrong.
    first, *rest = sorted(error.errors(include_url=False), key=lambda e: e["type"] != "extra_forbidden")
    place = where + "".join(f".{step}" for step in first["loc"])
    more = f"{len(rest)} more after it." if rest else ""
    if first["type"] == "extra_forbidden":
        return UserError(place, "an unknown key", f"one of {', '.join(_known(first['loc']))}", more)
    expected = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return UserError(place, repr(first["input"])[:80], expected, more)


def _known(path: tuple[int | str, ...]) -> list[str]:
    """The keys that there are where ``path`` has one that there isn't."""
    if len(path) == 1:
        return ["budget_usd_per_month", "assumptions", "threshold"]
    return list((Threshold if path[0] == "threshold" else Usage).model_fields)
