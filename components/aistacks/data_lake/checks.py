"""Validation of the lake's arguments beyond their types."""

import re
from typing import TYPE_CHECKING

from .._arguments import wrong
from .._aws.names import physical_name

if TYPE_CHECKING:
    from . import DataLakeArgs

_LAYER = r"[a-z][a-z0-9]{0,13}"
_LONGEST_PREFIX = 64
"""Well below Glue's own limit, with the layer: query editors show little more."""
_PREFIX = rf"[a-z][a-z0-9_]{{0,{_LONGEST_PREFIX - 1}}}"


def validate(name: str, kind: type, a: "DataLakeArgs") -> None:
    """Raise ``UserError`` for the first invalid argument."""
    _layers(name, kind, a)
    days = {f"expire_days.{k}": v for k, v in a["expire_days"].items()}
    for key in ("noncurrent_version_retention_days", "access_log_retention_days", "query_result_retention_days"):
        days[key] = a[key]
    for path, value in (days | {"query_scan_limit_gib": a["query_scan_limit_gib"]}).items():
        if value < 1:
            raise wrong(name, kind, path, value, "1 or more")
    for layer, prefix in a["expire_prefixes"].items():
        path = f"expire_prefixes.{layer}"
        if layer not in a["expire_days"]:
            raise wrong(name, kind, path, prefix, f"expire_days of {layer}, too", "Without them nothing there expires.")
        if not prefix.endswith("/") or prefix.startswith("/"):
            raise wrong(name, kind, path, prefix, "a prefix like 'landing/'")
    prefix = database_prefix(name, a)
    if not re.fullmatch(_PREFIX, prefix):
        raise wrong(name, kind, "database_prefix", prefix, "lower-case letters, digits and underscores")


def database_prefix(name: str, a: "DataLakeArgs") -> str:
    """The prefix of the databases' names."""
    return a.get("database_prefix", physical_name(name, _LONGEST_PREFIX, "_"))


def _layers(name: str, kind: type, a: "DataLakeArgs") -> None:
    layers = a["layers"]
    if not layers or len(set(layers)) < len(layers):
        raise wrong(name, kind, "layers", layers, "at least one layer, each once")
    for i, layer in enumerate(layers):
        if not re.fullmatch(_LAYER, layer):
            raise wrong(name, kind, f"layers[{i}]", layer, "lower-case letters and digits, at most 14")
    for key in ("existing_buckets", "expire_days", "expire_prefixes"):
        for layer in a[key]:
            if layer not in layers:
                raise wrong(name, kind, key, layer, f"one of the layers {', '.join(layers)}")
    for layer in a["existing_buckets"]:
        if layer in a["expire_days"]:
            raise wrong(name, kind, f"expire_days.{layer}", a["expire_days"][layer], "no days: that bucket is yours")
