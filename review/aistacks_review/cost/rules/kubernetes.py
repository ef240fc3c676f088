"""What objects of a cluster make AWS charge for: volumes that pods claim, and load balancers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aistacks_core.snapshot import UNKNOWN, Registration

from ..context import Context
from ..quantities import at, gib, number, rows, table, text, yes
from .network import balance

_STORAGE = "resources", "requests", "storage"
_MACHINES = (
    "aws:eks/nodeGroup:NodeGroup",
    "aws:autoscaling/group:Group",
    "kubernetes:karpenter.sh/v1:NodePool",
    "kubernetes:karpenter.sh/v1beta1:NodePool",
)
"""What makes machines that join a cluster."""
_INGRESS_CLASS = "kubernetes.io/ingress.class"
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def release(r: Registration, c: Context) -> None:
    """A chart's volumes, as far as its values state them; what it asks for by its own defaults isn't seen."""
    values = r.inputs.get("values")
    if values is UNKNOWN:
        c.leave(r, "volumes of the chart", "its values aren't known before deployment")
        return
    found = list(_claims(table(values), 1.0))
    for size, class_, count in found:
        _claim(r, c, size, class_, count)
    c.leave(r, "what else the chart makes", "volumes and load balancers of its own defaults aren't seen here")


def stateful_set(r: Registration, c: Context) -> None:
    """Each replica's volumes."""
    replicas = number(at(r.inputs, "spec", "replicas"))
    templates = rows(at(r.inputs, "spec", "volumeClaimTemplates"))
    workload(r, c)
    for template in templates:
        class_ = at(template, "spec", "storageClassName")
        count = 1.0 if at(r.inputs, "spec", "replicas") is None else replicas
        _claim(r, c, at(template, "spec", *_STORAGE), class_, count)


def workload(r: Registration, c: Context) -> None:
    """What makes pods: charged for at the machines of this program, if it makes any that they can run on."""
    if any(c.by_type.get(type_) for type_ in _MACHINES):
        c.free += 1
    else:
        c.leave(r, "pods", "they run on machines that this program doesn't make, and may need more of them")


def claim(r: Registration, c: Context) -> None:
    """One volume."""
    _claim(r, c, at(r.inputs, "spec", *_STORAGE), at(r.inputs, "spec", "storageClassName"), 1.0)


def service(r: Registration, c: Context) -> None:
    """A Service of type LoadBalancer is a load balancer of AWS's."""
    kind = at(r.inputs, "spec", "type")
    if kind is UNKNOWN:
        c.leave(r, "service", "its type isn't known before deployment")
    elif kind == "LoadBalancer":
        balance(r, c, "network", "load balancer of the service")
    else:
        c.free += 1


def ingress(r: Registration, c: Context) -> None:
    """An Ingress of class ``alb`` is an application load balancer; the older annotation says the same."""
    class_ = at(r.inputs, "spec", "ingressClassName")
    if class_ is None:
        class_ = table(at(r.inputs, "metadata", "annotations")).get(_INGRESS_CLASS)
    if class_ == "alb":
        balance(r, c, "application", "load balancer of the ingress")
    elif text(class_) is None:
        c.leave(r, "ingress", "its class isn't stated, or isn't known before deployment")
    else:
        c.free += 1


def _claims(values: Mapping[str, Any], count: float | None) -> Iterator[tuple[Any, Any, float | None]]:
    """Size, storage class and number of each volume in a chart's values, in the shapes that charts use."""
    if "replicas" in values or "replicaCount" in values:
        count = number(values.get("replicas", values.get("replicaCount")))
    for template in (values.get("volumeClaimTemplate"), *rows(values.get("volumeClaimTemplates"))):
        size = at(template, "spec", *_STORAGE)
        if size is not None:
            yield size, at(template, "spec", "storageClassName"), count
    kept = table(values.get("persistence"))
    if yes(kept.get("enabled")) and kept.get("size") is not None:
        yield kept["size"], kept.get("storageClass", kept.get("storageClassName")), count
    for key, value in values.items():
        if isinstance(value, Mapping) and key not in ("volumeClaimTemplate", "persistence"):
            yield from _claims(value, count)


def _claim(r: Registration, c: Context, size: Any, class_: Any, count: float | None) -> None:
    amount = gib(size)
    if amount is None or count is None:
        c.leave(r, "volumes that pods claim", "their size or number isn't known before deployment")
        return
    kind = _kind(c, class_)
    if kind is None:
        c.leave(r, "volumes that pods claim", "the kind of their storage class isn't in this program")
        return
    c.charge(r, f"{count:g} x {amount:g} GiB that pods claim, {kind}", "ebs", kind, count * amount)


def _kind(c: Context, class_: Any) -> str | None:
    """EBS's kind of a storage class, the default one where none is named."""
    for found in c.by_type.get("kubernetes:storage.k8s.io/v1:StorageClass", []):
        name, notes = at(found.inputs, "metadata", "name"), at(found.inputs, "metadata", "annotations")
        if name == class_ if class_ is not None else yes(table(notes).get(_DEFAULT)):
            return text(at(found.inputs, "parameters", "type"))
    return None
