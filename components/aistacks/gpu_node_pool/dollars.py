"""A limit in dollars as one in GPUs, the unit that Karpenter enforces."""

import functools
import math

from aistacks_catalog.aws.facts import instances
from aistacks_catalog.aws.prices.book import PriceBook, load

from .._aws.instances import region_of


def gpus_for(dollars: float, types: list[str], zones: list[str]) -> int:
    """GPUs that ``dollars`` an hour pay for, whichever of ``types`` Karpenter takes: at the on-demand list price in the
    region of ``zones``, else of the stack. Raises ``LookupError`` that says what isn't known."""
    return math.floor(dollars / max(usd_per_gpu(type_, zones) for type_ in types) + 1e-9)


def usd_per_gpu(type_: str, zones: list[str]) -> float:
    """US dollars an hour of one GPU of ``type_``. Raises ``LookupError`` that says what isn't known."""
    region = region_of(zones)
    if region is None:
        raise LookupError("the region isn't known: set aws:region, or zones")
    price = _book(region).get("ec2", f"on-demand {type_}")
    shape = instances().get(type_)
    if price is None or shape is None or not shape.accelerators:
        raise LookupError(f"the price of {type_} in {region} isn't known here")
    return price.first / shape.accelerators


@functools.lru_cache(maxsize=4)
def _book(region: str) -> PriceBook:
    return load(region)
