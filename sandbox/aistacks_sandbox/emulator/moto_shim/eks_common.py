"""What EKS's operations share: finding a cluster, keeping updates, AWS's errors."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.eks.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.eks.models import CLUSTER_NOT_FOUND_MSG, Cluster, EKSBackend, paginated_list
from moto.eks.utils import validate_role_arn
from moto.iam.models import iam_backends


def cluster_of(backend: EKSBackend, request: dict[str, Any]) -> Cluster:
    """The cluster that a request names, under either of AWS's two keys for it."""
    name = request.get("clusterName") or request["name"]
    try:
        return backend.clusters[name]
    except KeyError:
        raise ResourceNotFoundException(
            clusterName=name, message=CLUSTER_NOT_FOUND_MSG.format(clusterName=name)
        ) from None


def kept(cluster: Cluster, kind: str) -> dict[str, Any]:
    """The cluster's own store for one kind of thing that moto doesn't know."""
    store: dict[str, Any] = cluster.__dict__.setdefault(f"shim_{kind}", {})
    return store


def invalid(message: str, **names: str) -> InvalidParameterException:
    """AWS's answer to an argument that can't be."""
    return InvalidParameterException(message=message, **names)


def found(store: dict[str, Any], key: str, message: str, **names: str) -> Any:
    """What lies under ``key``, or AWS's not-found error."""
    if key not in store:
        raise ResourceNotFoundException(message=message, **names)
    return store[key]


def page(request: dict[str, Any], key: str, names: Iterable[str]) -> dict[str, Any]:
    """One page of names, under the answer's ``key``."""
    names, token = paginated_list(list(names), request.get("maxResults", 100), request.get("nextToken"))
    return {key: names, "nextToken": token}


def updated(cluster: Cluster, kind: str, params: dict[str, Any]) -> dict[str, Any]:
    """Record a finished update of ``kind``; the answer that carries it.

    Real updates take minutes; here they are done when the answer leaves.
    """
    update: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "status": "Successful",
        "type": kind,
        "params": [
            {"type": name, "value": value if isinstance(value, str) else json.dumps(value)}
            for name, value in params.items()
        ],
        "createdAt": utcnow(),
        "errors": [],
    }
    kept(cluster, "updates")[update["id"]] = update
    return {"update": update}


def check_subnets(backend: EKSBackend, subnets: Iterable[str]) -> list[Any]:
    """The subnets as EC2 knows them; AWS's error names the first one that it doesn't."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    known: dict[str, Any] = {str(subnet.id): subnet for subnet in ec2.describe_subnets()}
    asked = list(subnets)
    for name in asked:
        if name not in known:
            raise invalid(f"The subnet ID '{name}' does not exist")
    return [known[name] for name in asked]


def check_role(backend: EKSBackend, arn: str) -> None:
    """AWS's error where the role isn't there, or its ARN isn't one."""
    validate_role_arn(arn)
    account = arn.split(":")[4]
    if account != backend.account_id:
        return  # another account's roles aren't ours to know
    roles = iam_backends[account][backend.partition].roles.values()
    if all(role.arn != arn for role in roles):
        raise invalid(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        )
