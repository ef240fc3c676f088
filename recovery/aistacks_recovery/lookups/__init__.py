"""From a resource's type and inputs to what exists of it: what an operation made before it was interrupted.

``types/*.yaml`` says for each type of AWS by which calls it is found; objects of Kubernetes are found by their names.
"""

from __future__ import annotations

from ..account import Account
from ..deployment import Deployment, Resource
from . import aws, kubernetes
from .found import Found, NoLookup
from .table import without_cloud

__all__ = ["Found", "NoLookup", "find"]


def find(resource: Resource, account: Account, known: Deployment) -> list[Found]:
    """What exists in the cloud and may be what ``resource`` was to make, newest first; empty: it was not made.

    ``known`` is the state: what has its id in there already is never found again. It also has the provider, which
    decides region, credentials and cluster. Raises ``NoLookup`` where nobody can tell, and ``UserError`` where the
    cloud refuses the question.
    """
    package = resource.type.partition(":")[0]
    if not resource.custom or without_cloud(package):
        return []
    if package == "aws":
        return aws.find(resource, account, known)
    if package == "kubernetes":
        return kubernetes.find(resource, account, known)
    raise NoLookup(f"{resource.type}: things of {package} can't be looked up")
