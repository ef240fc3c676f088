"""CIDR blocks of a network's subnets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from aistacks_catalog.aws import facts as _facts
from aistacks_core import ipv4

from .._arguments import ipv4_network, warn_unchecked, wrong

TIERS = ("public", "private", "data")
SLOTS = 8
"""Subnets reserved per tier. A zone's letter selects its subnet; no region has a zone beyond f."""
_SIZES = (16, 21)
_PRIVATE = (*ipv4.PRIVATE, ipv4.SHARED)


@dataclass(frozen=True)
class Zone:
    """An Availability Zone and the CIDR block of its subnet in each tier."""

    name: str
    letter: str
    cidrs: Mapping[str, str]


@dataclass(frozen=True)
class Layout:
    """The subnets of a network."""

    region: str
    zones: tuple[Zone, ...]
    tiers: tuple[str, ...] = TIERS


def layout(name: str, args: Mapping[str, Any], kind: type) -> Layout:
    """The subnets for ``cidr`` and ``availability_zones``. Raises ``UserError`` if either is invalid.

    Private subnets share the first half, data subnets the third quarter, public subnets the last quarter.
    """
    network = _range(name, args["cidr"], kind)
    _require_no_overlap(name, network, args["reserved_cidrs"], kind)
    region = _region(name, args["availability_zones"], kind)
    private, rest = network.subnets(prefixlen_diff=1)
    data, public = rest.subnets(prefixlen_diff=1)
    places = {
        tier: [str(s) for s in block.subnets(prefixlen_diff=SLOTS.bit_length() - 1)]
        for tier, block in {"public": public, "private": private, "data": data}.items()
    }
    zones = [
        Zone(zone, zone[-1], {tier: places[tier][ord(zone[-1]) - ord("a")] for tier in TIERS})
        for zone in args["availability_zones"]
    ]
    return Layout(region, tuple(zones))


def _range(name: str, cidr: str, kind: type) -> IPv4Network:
    smallest, largest = _SIZES
    expected = f"a private IPv4 range of /{smallest} to /{largest}, for example 10.0.0.0/16"
    try:
        network = ipv4.parse(cidr)
    except ValueError as error:
        raise wrong(name, kind, "cidr", cidr, expected, str(error)) from None
    if not smallest <= network.prefixlen <= largest:
        raise wrong(name, kind, "cidr", cidr, expected)
    if not any(network.subnet_of(block) for block in _PRIVATE):
        todo = f"Choose one within {', '.join(str(block) for block in _PRIVATE)}."
        raise wrong(name, kind, "cidr", cidr, expected, todo)
    return network


def _require_no_overlap(name: str, network: IPv4Network, reserved: list[str], kind: type) -> None:
    for i, other in enumerate(reserved):
        path = f"reserved_cidrs[{i}]"
        block = ipv4_network(name, kind, path, other)
        if network.overlaps(block):
            raise wrong(name, kind, "cidr", str(network), f"a range apart from {block} ({path})")


def _region(name: str, zones: list[str], kind: type) -> str:
    """The region of ``zones``. Raises ``UserError`` if they aren't of one region."""
    path = "availability_zones"
    if not zones:
        raise wrong(name, kind, path, zones, "at least one zone, two for what must survive one")
    region = zones[0][:-1]
    for i, zone in enumerate(zones):
        if not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-\d[a-z]", zone):
            raise wrong(name, kind, f"{path}[{i}]", zone, "a zone such as eu-central-1a")
        if zone in zones[:i]:
            raise wrong(name, kind, f"{path}[{i}]", zone, "each zone once")
        if zone[:-1] != region:
            raise wrong(name, kind, f"{path}[{i}]", zone, f"a zone of {region}, as the first one")
        if ord(zone[-1]) - ord("a") >= SLOTS:
            raise wrong(name, kind, f"{path}[{i}]", zone, f"a zone of the letters a to {chr(ord('a') + SLOTS - 1)}")
        if zone not in _known_zones(region):
            warn_unchecked(name, kind, f"{path}[{i}]", zone, "isn't a zone that is known here, so it can't be checked.")
    return region


def _known_zones(region: str) -> tuple[str, ...]:
    try:
        return _facts.zones(region)
    except LookupError:
        return ()
