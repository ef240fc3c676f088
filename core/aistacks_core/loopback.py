"""This machine as a host: whether an address is on it, and ports of it that are free."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from .errors import UserError

LOOPBACK = "127.0.0.1"
_FIRST = 20_000
_TRIES = 100
_GIVEN_AWAY = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_loopback(host: str) -> bool:
    """Whether the name or IP address of a host means this machine, whatever a name service says."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def url_on_loopback(url: str) -> bool:
    """Whether ``url`` names a host that `is_loopback`."""
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False


def free_port(wanted: int | None = None, what: str = "port") -> int:
    """A loopback port that nobody listens on: ``wanted``, or any.

    Raises UserError when ``wanted`` is taken, naming ``what`` wanted it and, if that is known, who holds it.
    """
    if wanted is None:
        # What the kernel gives to whoever asks for any port, it may give away again before the server has bound it.
        low = _given_away_from()
        for _ in range(_TRIES if low > _FIRST else 0):
            with suppress(OSError):
                return _probe(_FIRST + secrets.randbelow(low - _FIRST))
    try:
        return _probe(wanted or 0)
    except (OSError, OverflowError) as error:
        raise UserError(
            what,
            f"port {wanted}, which is in use{_holder(wanted)}" if isinstance(error, OSError) else f"port {wanted}",
            "a free port on 127.0.0.1",
            "Stop what listens there, or choose another port.",
        ) from error


def free_ports(count: int, what: str = "port") -> list[int]:
    """``count`` of them, no two the same."""
    found: dict[int, None] = {}
    while len(found) < count:
        found[free_port(what=what)] = None
    return list(found)


def _given_away_from() -> int:
    """The first port of those that the kernel gives to whoever asks for any; 0 where that isn't told."""
    try:
        return int(_GIVEN_AWAY.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def _probe(port: int) -> int:
    with socket.socket() as probe:
        # As servers do it: a port whose last connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((LOOPBACK, port))
        bound: int = probe.getsockname()[1]
    return bound


def _holder(port: int | None) -> str:
    import psutil  # takes as long as the rest of a server's start that only asks for `is_loopback`

    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr
            if listens and listens.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        return ""
    return ""
