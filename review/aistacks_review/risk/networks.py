"""Openings of a network: protocol, ports and sources, and what one set of them holds beyond another. Exact."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

ALL = "-1"
_ALL_PORTS = (0, 65535)
_PROTOCOLS = {"all": ALL, "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
_PRIVATE = [
    ipaddress.ip_network(text)
    for text in (
        # RFC 1918, RFC 6598, loopback and link-local; RFC 4193 and their like in version 6.
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
]


class Width(IntEnum):
    """How many can be a source."""

    NAMED = 0
    """Members of a security group, a prefix list: known by name only."""
    PRIVATE = 1
    PUBLIC = 2
    """Some addresses on the internet."""
    INTERNET = 3
    """All of it, or a part as large as a /8."""


@dataclass(frozen=True)
class Opening:
    """What may come in: a rectangle of ports and addresses, or of ports and a named source."""

    protocol: str
    ports: tuple[int, int]
    source: str
    """As it is written: a CIDR block, an id."""
    addresses: tuple[int, int, int] | None = None
    """IP version, first and last address; ``None`` for a named source."""

    @property
    def width(self) -> Width:
        """How wide its addresses are."""
        if self.addresses is None:
            return Width.NAMED
        version, first, last = self.addresses
        public = last - first + 1
        for network in _PRIVATE:
            if network.version == version:
                low = max(first, int(network.network_address))
                high = min(last, int(network.broadcast_address))
                public -= max(high - low + 1, 0)
        if public <= 0:
            return Width.PRIVATE
        return Width.INTERNET if public >= 1 << ((32 if version == 4 else 128) - 8) else Width.PUBLIC

    @property
    def port_words(self) -> str:
        """``"port 443"``, ``"ports 8000 to 8002"``, ``"every port"``."""
        if self.protocol == ALL:
            return "every port and protocol"
        low, high = self.ports
        name = "" if self.protocol == "tcp" else f" ({self.protocol})"
        if self.ports == _ALL_PORTS:
            return f"every port{name}"
        return f"port {low}{name}" if low == high else f"ports {low} to {high}{name}"

    def holds_port(self, *ports: int) -> bool:
        """Whether one of ``ports`` is among them."""
        return any(self.ports[0] <= p <= self.ports[1] for p in ports)


def opening(protocol: Any, low: Any, high: Any, source: str) -> Opening:
    """An opening as a rule describes it: all ports for all protocols, and for ICMP, whose numbers are no ports."""
    name = str(protocol).lower()
    name = _PROTOCOLS.get(name, name)
    ports = _ALL_PORTS
    if name in ("tcp", "udp") and isinstance(low, (int, float)) and isinstance(high, (int, float)):
        ports = (int(low), int(high)) if low >= 0 and high >= low else _ALL_PORTS
    return Opening(name, ports, source, span(source))


def span(source: str) -> tuple[int, int, int] | None:
    """IP version, first and last address of a CIDR block; ``None`` where it is none."""
    try:
        network = ipaddress.ip_network(source, strict=False)
    except ValueError:
        return None
    return network.version, int(network.network_address), int(network.broadcast_address)


def beyond(head: Iterable[Opening], base: Iterable[Opening]) -> dict[Opening, list[Opening]]:
    """The openings of ``head`` that ``base`` doesn't cover, as they are written, with the parts that are new."""
    olds = list(base)
    found = {}
    for new in dict.fromkeys(head):
        rest = [new]
        for old in olds:
            rest = [part for piece in rest for part in _less(piece, old)]
        if rest:
            found[new] = rest
    return found


def width(parts: Iterable[Opening]) -> Width:
    """The widest of ``parts``."""
    return max((part.width for part in parts), default=Width.NAMED)


def _less(one: Opening, other: Opening) -> list[Opening]:
    """``one`` without ``other``: what lies outside of its ports, then outside of its addresses."""
    if other.protocol not in (ALL, one.protocol):
        return [one]
    low, high = max(one.ports[0], other.ports[0]), min(one.ports[1], other.ports[1])
    rest = _less_addresses(replace(one, ports=(low, high)), other)
    if low > high or rest is None:
        return [one]
    below, above = (one.ports[0], low - 1), (high + 1, one.ports[1])
    return [*(replace(one, ports=ports) for ports in (below, above) if ports[0] <= ports[1]), *rest]


def _less_addresses(one: Opening, other: Opening) -> list[Opening] | None:
    """``None`` where the two have no address in common."""
    if one.addresses is None or other.addresses is None:
        return [] if one.source == other.source and one.addresses is other.addresses else None
    version, first, last = one.addresses
    begin, end = max(first, other.addresses[1]), min(last, other.addresses[2])
    if version != other.addresses[0] or begin > end:
        return None
    parts = ((version, first, begin - 1), (version, end + 1, last))
    return [replace(one, addresses=part) for part in parts if part[1] <= part[2]]
