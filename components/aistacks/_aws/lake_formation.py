"""Who decides about access to the lake's tables: IAM, Lake Formation, or both.

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
"""Lake Formation's group of everybody whom IAM allows."""


class PermissionModel(StrEnum):
    """Who decides about access to a lake's tables."""

    IAM = "iam"
    """IAM policies and bucket policies alone."""
    LAKE_FORMATION = "lake_formation"
    """Lake Formation's grants. The account's defaults for new databases have to be emptied, and who deploys is a data
    lake administrator."""
    HYBRID = "hybrid"
    """IAM, and for principals that are opted in Lake Formation's grants, too. Who deploys is a data lake
    administrator."""


def table_defaults(model: PermissionModel) -> list[dict[str, Any]] | None:
    """What a database grants on each table that is made in it; ``None``: what the account's settings say.

    Stated, it also holds where the account's own default was emptied.
    """
    if model is PermissionModel.LAKE_FORMATION:
        return None
    return [{"permissions": ["ALL"], "principal": {"data_lake_principal_identifier": EVERYBODY}}]


def open_to_iam(
    parent: pulumi.Resource, logical_name: str, database: pulumi.Input[str], *, retain: bool
) -> aws.lakeformation.Permissions:
    """Lets IAM decide about a database, in an account where Lake Formation decides about new ones."""
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
    """Lets ``principal`` (an ARN) see a database and read all of its tables, those to come, too."""
    opts = pulumi.ResourceOptions(parent=parent, retain_on_delete=retain)
    aws.lakeformation.Permissions(
        logical_name, principal=principal, permissions=["DESCRIBE"], database={"name": database}, opts=opts
    )
    aws.lakeformation.Permissions(
        f"{logical_name}-tables",
        principal=principal,
        # Never ALL: Lake Formation answers with the single permissions, which the provider takes for a change.
        permissions=["DESCRIBE", "SELECT"],
        table={"database_name": database, "wildcard": True},
        opts=opts,
    )
