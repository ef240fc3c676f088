"""EKS: the operations that moto has no route for, and those whose answer it gets wrong.

Each operation is one function of (backend, request) to the answer, both in botocore's shapes; this
module gives them routes. The functions live beside it, by noun.
"""

from __future__ import annotations

from moto.eks import urls
from moto.eks.responses import EKSResponse

from . import _handlers, eks_access, eks_addons, eks_clusters, eks_nodegroups, eks_pods

OPERATIONS: dict[str, _handlers.Operation] = {
    **eks_clusters.OPERATIONS,
    **eks_nodegroups.OPERATIONS,
    **eks_addons.OPERATIONS,
    **eks_access.OPERATIONS,
    **eks_pods.OPERATIONS,
}
"""By AWS's name of the operation, as botocore's model has it."""

ROUTES = (
    "/addons/supported-versions",
    "/cluster-versions",
    "/access-policies",
    "/clusters/(?P<name>[^/]+)/addons",
    "/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)",
    "/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)/update",
    "/clusters/(?P<name>[^/]+)/access-entries",
    # A principal's ARN has slashes, and may be followed by its policies.
    "/clusters/(?P<name>[^/]+)/access-entries/(?P<principalArn>.+)",
    "/clusters/(?P<name>[^/]+)/pod-identity-associations",
    "/clusters/(?P<name>[^/]+)/pod-identity-associations/(?P<associationId>[^/]+)",
    "/clusters/(?P<name>[^/]+)/encryption-config/associate",
    "/clusters/(?P<name>[^/]+)/updates",
    "/clusters/(?P<name>[^/]+)/updates/(?P<updateId>[^/]+)",
    "/clusters/(?P<name>[^/]+)/node-groups/(?P<nodegroupName>[^/]+)/update-version",
)


def apply() -> None:
    """Add the routes and put our operations in the place of moto's."""
    for route in ROUTES:
        urls.url_paths[f"{{0}}{route}$"] = urls.response.dispatch
    _handlers.serve(EKSResponse, "eks_backend", OPERATIONS)
