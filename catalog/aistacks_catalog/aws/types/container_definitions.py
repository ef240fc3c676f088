"""When two lists of an ECS task definition's containers are one to the provider.

As in hashicorp/terraform-provider-aws v6.58.0, internal/service/ecs, containerDefinitionsAreEquivalent (read on
2026-11-30): the order of containers, of their variables and secrets, empty lists, and the defaults of ECS written out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .equality import as_json

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
_HEALTH = {"interval": 30, "retries": 3, "timeout": 5}


def aligned(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """``after`` with the containers of ``before``, where the provider takes the two for one.

    Both are a task definition's inputs."""
    found = dict(after)
    sides = [_reduced(one.get("containerDefinitions"), one.get("networkMode") == "awsvpc") for one in (before, after)]
    if None not in sides and sides[0] == sides[1]:
        found["containerDefinitions"] = before.get("containerDefinitions")
    return found


def _reduced(text: Any, awsvpc: bool) -> list[Any] | None:
    containers = as_json(text)
    if not isinstance(containers, list) or not all(isinstance(c, Mapping) for c in containers):
        return None
    return sorted((_container(c, awsvpc) for c in containers), key=lambda c: str(c.get("name")))


def _container(container: Mapping[str, Any], awsvpc: bool) -> dict[str, Any]:
    found = {"essential": True, **{k: v for k, v in container.items() if v is not None and v != []}}
    if found.get("cpu") == 0:
        del found["cpu"]
    if isinstance(found.get("healthCheck"), Mapping):
        found["healthCheck"] = {**_HEALTH, **found["healthCheck"]}
    for key in ("environment", "secrets"):
        if isinstance(found.get(key), list):
            found[key] = sorted(found[key], key=lambda item: str(item.get("name")) if isinstance(item, Mapping) else "")
    if isinstance(found.get("portMappings"), list):
        found["portMappings"] = [_port(p, awsvpc) if isinstance(p, Mapping) else p for p in found["portMappings"]]
    return found


def _port(port: Mapping[str, Any], awsvpc: bool) -> dict[str, Any]:
    found = {"protocol": "tcp", **{k: v for k, v in port.items() if v is not None}}
    if found.get("hostPort") == 0:
        del found["hostPort"]
    return {"hostPort": found.get("containerPort"), **found} if awsvpc else found
