"""Elastic Fabric Adapter: the network interfaces of a pool's nodes, what they demand, and a warning without them.

The layout is the one that AWS recommends for types with several network cards ("Maximize network bandwidth on Amazon
EC2 instances with multiple network cards", EC2 user guide, read 2026-12-01): an ENA interface first, which no EFA-only
one can be; on its card an EFA-only one as the second device, if the card has EFA; on every other card an EFA-only one
as the first. Which cards have EFA is in the catalogue's `instances.csv`.
"""

from collections.abc import Collection, Mapping
from typing import Any

from aistacks_catalog.aws.facts import Instance, instances

from .._arguments import warn_unchecked, wrong


def interfaces(a: Mapping[str, Any]) -> list[dict[str, object]]:
    """The EC2NodeClass's ``networkInterfaces``; empty without EFA, so that Karpenter decides by what pods ask for."""
    if not a["efa"]:
        return []
    shape = instances()[a["instance_types"][0]]
    cards = range(shape.efa_card, shape.efa_card + shape.efas)
    return [_interface(0, 0, "interface"), *(_interface(card, 0 if card else 1, "efa-only") for card in cards)]


def _interface(card: int, device: int, type_: str) -> dict[str, object]:
    return {"networkCardIndex": card, "deviceIndex": device, "interfaceType": type_}


def validate_efa(name: str, a: Mapping[str, Any], kind: type, given: Collection[str]) -> None:
    """Raise ``UserError`` for types that can't have the pool's EFA interfaces; warn of several nodes without a fabric,
    and of a fabric over several zones."""
    if a["efa"]:
        _same_cards(name, a, kind)
        _one_zone(name, a, kind)
    elif "efa" not in given and "placement_group_name" not in a:
        _warn_of_none(name, a, kind)


def _same_cards(name: str, a: Mapping[str, Any], kind: type) -> None:
    first: Instance | None = None
    for i, type_ in enumerate(a["instance_types"]):
        path, shape = f"instance_types[{i}]", instances().get(type_)
        if shape is None:
            raise wrong(name, kind, path, type_, "a type whose network cards are known, because efa is true")
        if not shape.efas:
            todo = "Leave efa out, or take a larger size: of most families only the largest have EFA."
            raise wrong(name, kind, path, type_, "a type with EFA, because efa is true", todo)
        if first is not None and (shape.efas, shape.efa_card) != (first.efas, first.efa_card):
            expected = f"{first.efas} EFA interfaces on the cards from {first.efa_card} on, as {first.type} has"
            todo = "Make a pool of each: Karpenter has one list of interfaces for all nodes of a class."
            raise wrong(name, kind, path, f"{type_} ({shape.efas} from {shape.efa_card} on)", expected, todo)
        first = first or shape


def _one_zone(name: str, a: Mapping[str, Any], kind: type) -> None:
    zones = a.get("zones", [])
    if len(zones) != 1:
        why = "isn't one zone, and EFA doesn't reach from one zone into another: the nodes of a job must share one."
        warn_unchecked(name, kind, "zones", zones or "every zone", why)


def _warn_of_none(name: str, a: Mapping[str, Any], kind: type) -> None:
    """A training pool of several whole machines most likely has jobs that span them."""
    shapes = [instances().get(type_) for type_ in a["instance_types"]]
    able = [shape for shape in shapes if shape is not None and shape.efas]
    if a["purpose"].value != "training" or len(able) < len(shapes):
        return
    nodes = a.get("replicas", a["max_gpus"] // min(shape.accelerators for shape in able))
    if nodes > 1:
        why = (
            f"may have {nodes} nodes with neither efa nor placement_group_name: a job over several of them has TCP "
            "only. State efa: true, or efa: false where no job spans nodes."
        )
        warn_unchecked(name, kind, "instance_types", a["instance_types"], why)
