"""Validation of the capacity ladder, of limits in dollars and of static pools, and warnings of what has no way out."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from .._arguments import warn_unchecked, wrong
from ..errors import UserError
from .checks import gpu_limit_fits, validate_zones
from .dollars import usd_per_gpu
from .ladder import KINDS, CapacityType, grouped, kind_of, limits, total_gpus

_MOST_TERMS = 30
"""Of an EC2NodeClass's capacityReservationSelectorTerms (Karpenter 1.14.3, pkg/apis/crds, read 2026-11-30)."""
_MOST_TAGS = 20
"""Of one term; the same source."""
_MOST_WEIGHT = 100
_MOST_STEPS = 9
_EXCLUDED_BY_REPLICAS = ("max_gpus", "max_usd_per_hour", "weight")
_RESERVED = ("reservation", "capacity_block")


def gpu_limit(name: str, a: Mapping[str, Any], kind: type, given: Collection[str]) -> int:
    """The pool's limit in GPUs, by ``max_gpus`` and ``max_usd_per_hour``. Raises ``UserError``."""
    dollars = a.get("max_usd_per_hour")
    if dollars is None or "replicas" in a:
        return int(a["max_gpus"])
    if dollars <= 0:
        raise wrong(name, kind, "max_usd_per_hour", dollars, "more than 0")
    try:
        total = total_gpus(a, only_dollars="max_gpus" not in given)
        dearest = max(a["instance_types"], key=lambda type_: usd_per_gpu(type_, a.get("zones", [])))
        rate = usd_per_gpu(dearest, a.get("zones", []))
    except LookupError as error:
        expected = "instance types whose price is known, to count how many GPUs it pays for"
        raise wrong(
            name, kind, "max_usd_per_hour", dollars, expected, f"{error}; or limit the pool by max_gpus."
        ) from None
    try:
        gpu_limit_fits(name, kind, "max_usd_per_hour", total, a["instance_types"])
    except UserError:
        expected = f"enough for one node; a GPU of {dearest}, the dearest, is {rate:.4g} dollars an hour"
        raise wrong(name, kind, "max_usd_per_hour", dollars, expected) from None
    return total


def validate_capacity(name: str, a: Mapping[str, Any], kind: type, given: Collection[str]) -> None:
    """Raise ``UserError`` for the first argument about capacity that can't be; warn of what has no way out."""
    if not 0 <= a["weight"] <= _MOST_WEIGHT:
        raise wrong(name, kind, "weight", a["weight"], f"0 to {_MOST_WEIGHT}")
    if "replicas" in a:
        _static(name, a, kind, given)
    if "capacity" not in a:
        return
    rungs = a["capacity"]
    if "capacity_types" in given:
        raise wrong(
            name, kind, "capacity_types", a["capacity_types"], "nothing beside capacity", "State one of the two."
        )
    if not 1 <= len(rungs) <= _MOST_STEPS:
        expected = f"1 to {_MOST_STEPS}, each one of {', '.join(KINDS)}"
        raise wrong(name, kind, "capacity", f"{len(rungs)} steps", expected)
    for i, rung in enumerate(rungs):
        _rung(name, a, kind, i, rung)
        if rung in rungs[:i]:
            raise wrong(name, kind, f"capacity[{i}]", rung, "each step once")
    _limits(name, a, kind)
    _warn(name, a, kind)


def _static(name: str, a: Mapping[str, Any], kind: type, given: Collection[str]) -> None:
    if a["replicas"] < 0:
        raise wrong(name, kind, "replicas", a["replicas"], "0 or more")
    for key in _EXCLUDED_BY_REPLICAS:
        if key in given:
            raise wrong(name, kind, key, a[key], "nothing beside replicas", "replicas says how many nodes there are.")
    if len(groups := grouped(a.get("capacity", []))) > 1:
        path = f"capacity[{groups[1][0]}]"
        expected = (
            "what Karpenter takes by itself after the steps above: reserved, then spot, then on-demand, not narrowed"
        )
        todo = "A static pool is one NodePool; make a pool of each."
        raise wrong(name, kind, path, a["capacity"][groups[1][0]], expected, todo)


def _rung(name: str, a: Mapping[str, Any], kind: type, i: int, rung: Mapping[str, Any]) -> None:
    path = f"capacity[{i}]"
    if len(rung) != 1:
        got = ", ".join(rung) or "nothing"
        raise wrong(name, kind, path, got, f"exactly one of {', '.join(KINDS)}", "{} takes every default of a step.")
    what = kind_of(rung)
    path, stated = f"{path}.{what}", rung[what]
    for key in ("instance_types", "zones"):
        if key in stated:
            _narrowed(name, a, kind, f"{path}.{key}", stated[key], key)
    if "max_gpus" in stated:
        if "replicas" in a:
            raise wrong(name, kind, f"{path}.max_gpus", stated["max_gpus"], "nothing beside replicas")
        types = stated.get("instance_types", a["instance_types"])
        gpu_limit_fits(name, kind, f"{path}.max_gpus", stated["max_gpus"], types)
    if what in _RESERVED:
        _reservation(name, kind, path, stated)


def _narrowed(name: str, a: Mapping[str, Any], kind: type, path: str, some: list[str], key: str) -> None:
    if key == "zones":
        validate_zones(name, kind, path, some)
    elif not some:
        raise wrong(name, kind, path, [], "one type at least", "Leave it out for all of the pool's.")
    for i, each in enumerate(some):
        if each in some[:i]:
            raise wrong(name, kind, f"{path}[{i}]", each, "each once")
        if key in a and each not in a[key]:
            raise wrong(name, kind, f"{path}[{i}]", each, f"one of the pool's {key}: {', '.join(a[key])}")


def _reservation(name: str, kind: type, path: str, stated: Mapping[str, Any]) -> None:
    for other in ("tags", "owner_id"):
        if "ids" in stated and other in stated:
            todo = "An ID says which reservation it is; make a step of each."
            raise wrong(name, kind, f"{path}.{other}", stated[other], "nothing beside ids", todo)
    if "ids" in stated:
        _ids(name, kind, f"{path}.ids", stated["ids"])
    if "tags" in stated:
        _tags(name, kind, f"{path}.tags", stated["tags"])
    if "owner_id" in stated and not re.fullmatch(r"\d{12}", stated["owner_id"]):
        raise wrong(name, kind, f"{path}.owner_id", stated["owner_id"], "an account's number of 12 digits, in quotes")


def _ids(name: str, kind: type, path: str, ids: list[str]) -> None:
    if not 1 <= len(ids) <= _MOST_TERMS:
        raise wrong(name, kind, path, f"{len(ids)} IDs", f"1 to {_MOST_TERMS}, as Karpenter takes them")
    for i, each in enumerate(ids):
        if not re.fullmatch(r"cr-[0-9a-z]+", each):
            raise wrong(name, kind, f"{path}[{i}]", each, "an ID such as cr-0123456789abcdef0")
        if each in ids[:i]:
            raise wrong(name, kind, f"{path}[{i}]", each, "each once")


def _tags(name: str, kind: type, path: str, tags: Mapping[str, str]) -> None:
    if not 1 <= len(tags) <= _MOST_TAGS:
        raise wrong(name, kind, path, f"{len(tags)} tags", f"1 to {_MOST_TAGS}, as Karpenter takes them")
    for key, value in tags.items():
        if not key or not value:
            raise wrong(name, kind, f"{path}.{key}", value, 'a key with a value; "*" stands for any value')


def _limits(name: str, a: Mapping[str, Any], kind: type) -> None:
    """Karpenter limits each NodePool by itself, so that the steps must share the pool's limit."""
    rungs, total = a["capacity"], a["max_gpus"]
    groups = grouped(rungs)
    if (top := a["weight"] + len(groups) - 1) > _MOST_WEIGHT:
        expected = f"{_MOST_WEIGHT - len(groups) + 1} at most, because the first of {len(groups)} NodePools has {top}"
        raise wrong(name, kind, "weight", a["weight"], expected)
    if "replicas" in a:
        return
    shares = limits(rungs, groups, total)
    open_ends = [group[0] for group, share in zip(groups, shares, strict=True) if share is None]
    if open_ends:
        path = f"capacity[{open_ends[0]}].{kind_of(rungs[open_ends[0]])}"
        expected = f"its max_gpus: Karpenter limits each of these {len(groups)} NodePools by itself"
        todo = f"State it on all steps but one, which gets what they leave of {total}."
        raise wrong(name, kind, path, "no max_gpus", expected, todo)
    if (stated := sum(share for share in shares if share is not None)) > total:
        raise wrong(name, kind, "capacity", f"steps of {stated} GPUs", f"{total} at most, the pool's limit")
    for group, share in zip(groups, shares, strict=True):
        what = kind_of(rungs[group[0]])
        if share is not None and "max_gpus" not in rungs[group[0]][what]:
            types = rungs[group[0]][what].get("instance_types", a["instance_types"])
            gpu_limit_fits(name, kind, f"capacity[{group[0]}].{what}: what the others leave", share, types)


def _warn(name: str, a: Mapping[str, Any], kind: type) -> None:
    kinds = [kind_of(rung) for rung in a["capacity"]]
    bought = [what for what in kinds if what not in _RESERVED]
    if len(a["instance_types"]) == 1 and bought:
        why = "is the only type: while EC2 has none of it, pods wait. List others that the workload runs on."
        warn_unchecked(name, kind, "instance_types[0]", a["instance_types"][0], why)
    if len(set(kinds)) == 1 and kinds[0] != "on_demand":
        why = f"has no fallback: pods wait where {_END[kinds[0]]}. Add a step, for example on_demand."
        warn_unchecked(name, kind, "capacity", kinds, why)
    for i, what in enumerate(kinds):
        if what in _RESERVED and any(KINDS[each] is not CapacityType.RESERVED for each in kinds[:i]):
            why = "comes after capacity that is bought: what is paid for already stays idle meanwhile."
            warn_unchecked(name, kind, f"capacity[{i}]", what, why)


_END = {
    "reservation": "the reservations are used up or have ended",
    "capacity_block": "the block is used up or has ended",
    "spot": "EC2 has no spot capacity",
}
