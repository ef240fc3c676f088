"""What the pipelines' roles may do in an environment's cluster."""

from typing import Any

import pulumi

from aistacks import CiAccess, ClusterPolicy
from aistacks.settings import Section


def cluster_access(ci: CiAccess | None, settings: Section | None) -> dict[str, Any]:
    """Access entries of ``EksCluster``: the previewing role reads everything, the role that deploys this stack rules.

    A deploying role belongs to the stack of its label; another stack's isn't let in.
    """
    if ci is None or settings is None:
        return {}
    found: dict[str, Any] = {
        "ci-preview": {"principal_arn": ci.preview_role_arn, "policy": ClusterPolicy.ADMIN_VIEW},
    }
    label = pulumi.get_stack()
    if label in settings["environments"]:
        found["ci-deploy"] = {"principal_arn": ci.deploy_role_arns[label], "policy": ClusterPolicy.CLUSTER_ADMIN}
    return found
