"""What of an environment is backed up, by the label under which an objective names it."""

from collections.abc import Mapping
from typing import Any

import pulumi

from aistacks import WarehouseMode
from aistacks.settings import Section

MODELS, RESULTS, WAREHOUSE = "models", "lake-query-results", "warehouse"


def layer(name: str) -> str:
    """The label of a layer's bucket."""
    return f"lake-{name}"


def stores(
    backup: Section,
    warehouse: Section | None,
    buckets: Mapping[str, pulumi.Input[str]],
    warehouse_arn: pulumi.Input[str] | None,
    warehouse_identifier: pulumi.Input[str] | None,
) -> dict[str, Any]:
    """The arguments by which a ``Backup`` knows the stores; access logs are none of them."""
    copied = "second_region" in backup.stated and warehouse is not None
    provisioned = warehouse is not None and warehouse["mode"] is WarehouseMode.PROVISIONED
    return {
        "bucket_arns": dict(buckets),
        "warehouse_arns": {WAREHOUSE: warehouse_arn} if warehouse else {},
        "cluster_identifiers": {WAREHOUSE: warehouse_identifier} if copied and provisioned else {},
    }


def labels(lake: Section) -> list[str]:
    """The labels of the buckets of an environment."""
    return [*(layer(name) for name in lake["layers"]), RESULTS, MODELS]
