"""Permission models for the lake's tables: IAM, Lake Formation, or both.

Lake Formation developer guide, read 2026-11-30: "Changing the default settings for your data lake" (a new account
grants Super on every new database and table to the group IAMAllowedPrincipals, which leaves the decision to IAM; in an
account that emptied these defaults only a data lake administrator or a database creator makes databases), "Hybrid
access mode" (who is opted in needs a grant beside IAM, everybody else IAM alone, as long as IAMAllowedPrincipals has
Super) and "Implicit permissions".
"""

from enum import StrEnum
from typing import Any

import pulumi
import pulumi_aws as aws

EVERYBODY = "IAM_ALLOWED_PRINCIPALS"
"""Lake Formation's group of all principals that IAM policies allow."""


class PermissionModel(StrEnum):
    """Which service authorizes access to a lake's tables."""

    IAM = "iam"
    """IAM policies and bucket policies alone."""
    LAKE_FORMATION = "lake_formation"
    """Lake Formation grants. Requires that the account's default permissions for new databases and tables are removed,
    and that the deploying principal is a data lake administrator."""
    HYBRID = "hybrid"
    """IAM, and in addition Lake Formation grants for principals that are opted in. Requires that the deploying
    principal is a data lake administrator."""


def table_defaults(model: PermissionModel) -> list[dict[str, Any]] | None:
    """A database's default permissions for new tables; ``None`` leaves the account's setting.

    Set explicitly, they also apply where the account's default permissions were removed.
    """
    if model is PermissionModel.LAKE_FORMATION:
        return None
    return [{"permissions": ["ALL"], "principal": {"data_lake_principal_identifier": EVERYBODY}}]


def open_to_iam(
    parent: pulumi.Resource, logical_name: str, database: pulumi.Input[str], *, retain: bool
) -> aws.lakeformation.Permissions:
    """Leave access to a database to IAM, in an account where new databases are governed by Lake Formation."""
    return aws.lakeformation.Permissions(
        logical_name,
        principal=EVERYBODY,
        permissions=["ALL"],
        database={"name": database},
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=retain),
    )


def grant_reading(
    parent: pulumi.Resource,
    logical_name: str,
    principal: pulumi.Input[str],
    database: pulumi.Input[str],
    *,
    retain: bool,
) -> None:
    """Grant ``principal`` (an ARN) DESCRIBE on a database, and DESCRIBE and SELECT on its current and future tables."""
    opts = pulumi.ResourceOptions(parent=parent, retain_on_delete=retain)
    aws.lakeformation.Permissions(
        logical_name, principal=principal, permissions=["DESCRIBE"], database={"name": database}, opts=opts
    )
    aws.lakeformation.Permissions(
        f"{logical_name}-tables",
        principal=principal,
        # Never ALL: Lake Formation returns the individual permissions, which the provider reports as a diff.
        permissions=["DESCRIBE", "SELECT"],
        table={"database_name": database, "wildcard": True},
        opts=opts,
    )
