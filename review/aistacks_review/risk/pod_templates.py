"""Pod templates as the API server has them, so that only what differs there is told as an exchange of pods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .facts import facts

_QUANTITY = re.compile(r"^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)([eE][+-]?\d+|[EPTGMK]i|[numkMGTPE])?$")
_TIMES: dict[str, Fraction] = {
    "": Fraction(1),
    **{
        suffix: Fraction(10) ** power
        for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
    },
    **{f"{suffix}i": Fraction(1024) ** power for power, suffix in enumerate("KMGTPE", 1)},
}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def quantity(value: Any) -> Any:
    """A number for ``"500m"``, ``0.5`` or ``"1Gi"``; what is no quantity as it is."""
    match = None if isinstance(value, bool) else _QUANTITY.match(str(value))
    if match is None:
        return value
    number, suffix = match[1], match[2] or ""
    if suffix[:1] in ("e", "E") and len(suffix) > 1 and suffix[1] != "i":
        return Fraction(number) * Fraction(10) ** int(suffix[1:])
    return Fraction(number) * _TIMES[suffix]


def settled(template: Any) -> Any:
    """A template with the API server's defaults written out and quantities as numbers; anything odd as it is."""
    if not isinstance(template, Mapping):
        return template
    about = facts("pod_defaults")
    spec = _with(template.get("spec"), about["pod"])
    if not isinstance(spec, dict):
        return template
    for key in ("containers", "initContainers"):
        if isinstance(spec.get(key), list):
            spec[key] = [_container(c, about) for c in spec[key]]
    if isinstance(spec.get("volumes"), list):
        spec["volumes"] = [_volume(v, about["volume"]) for v in spec["volumes"]]
    kept = {k: v for k, v in template.items() if v is not None}
    return {**kept, "spec": spec}


def _with(value: Any, defaults: Mapping[str, Any]) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {**defaults, **{k: v for k, v in value.items() if v is not None}}


def _container(value: Any, about: Mapping[str, Any]) -> Any:
    container = _with(value, about["container"])
    if not isinstance(container, dict):
        return value
    image = container.get("image")
    if isinstance(image, str) and "imagePullPolicy" not in container:
        name = image.rpartition("/")[2]
        latest = "@" not in name and name.partition(":")[2] in ("", "latest")
        container["imagePullPolicy"] = "Always" if latest else "IfNotPresent"
    if isinstance(container.get("ports"), list):
        container["ports"] = [_with(p, about["port"]) for p in container["ports"]]
    for probe in _PROBES:
        if isinstance(container.get(probe), Mapping):
            asked = _with(container[probe], about["probe"])
            container[probe] = {
                **asked,
                **({"httpGet": _with(h, about["http_get"])} if (h := asked.get("httpGet")) else {}),
            }
    resources = container.get("resources")
    if isinstance(resources, Mapping):
        container["resources"] = {k: _amounts(v) for k, v in resources.items() if v is not None}
    return container


def _amounts(value: Any) -> Any:
    return {k: quantity(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _volume(value: Any, defaults: Mapping[str, Mapping[str, Any]]) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {k: _with(v, defaults[k]) if k in defaults else v for k, v in value.items() if v is not None}
