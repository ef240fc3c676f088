"""Random legal edits of an environment's settings: what people do to such files, one to three things at a time."""

from __future__ import annotations

import copy
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Table = dict[str, Any]
Operation = Callable[[random.Random, Table], str]
_SMALL = ("availability_zones", "layers", "repositories", "interface_endpoints", "instance_types", "capacity_types")
_DIGEST = "sha256:" + "5e" * 32


def edited(table: Table, dice: random.Random) -> tuple[str, Table]:
    """A copy of ``table`` that differs, and what was done to it. ``table`` is what stands at `environment`.

    Legal for ``aistacks_settings``; a component may still refuse it.
    """
    sys.path.append(str(Path(__file__).parents[1] / "stacks"))
    import aistacks_settings
    from aistacks_core.errors import UserError

    sys.path.pop()

    while True:
        changed = copy.deepcopy(table)
        names = [operation(dice, changed) for operation in dice.choices(OPERATIONS, k=dice.choice((1, 1, 2, 3)))]
        said = ", ".join(filter(None, names))
        if not said or changed == table:
            continue
        try:
            aistacks_settings.parse(copy.deepcopy(changed), "eu-west-1", "edit")
        except UserError:
            continue
        return said, changed


def _number(dice: random.Random, table: Table) -> str:
    places = [p for p in _leaves(table) if isinstance(p[-1], int) and not isinstance(p[-1], bool)]
    *above, key, value = dice.choice(places)
    new = max(1, dice.choice((value + 1, value * 2, value - 1, value // 2)))
    if str(key).endswith("days") and dice.random() < 0.7:
        # CloudWatch keeps logs for some numbers of days only.
        new = dice.choice([d for d in (1, 7, 14, 30, 90, 180, 365, 731) if d != value])
    _at(table, above)[key] = new
    return f"{_path(above, key)} {value} → {new}"


def _switch(dice: random.Random, table: Table) -> str:
    places = [p for p in _leaves(table) if isinstance(p[-1], bool)]
    *above, key, value = dice.choice(places)
    _at(table, above)[key] = not value
    return f"{_path(above, key)} → {not value}"


def _choice(dice: random.Random, table: Table) -> str:
    choices: list[tuple[list[str], str, list[Any]]] = [
        (["network"], "nat", ["none", "single", "per_zone"]),
        (["warehouse"], "mode", ["serverless", "provisioned"]),
        (["warehouse"], "node_type", ["ra3.large", "ra3.xlplus", "ra3.4xlarge"]),
        (["monitoring"], "alert_severity", ["warning", "critical"]),
        (["monitoring"], "gpu_metrics", [True, False]),
        (["cluster"], "kubernetes_version", ["1.34", "1.35"]),
        (["cluster"], "service_cidr", ["172.20.0.0/16", "172.21.0.0/16"]),
        (["cluster"], "system_instance_types", [["m6i.large"], ["m7i.large"], ["m6i.xlarge", "m6a.xlarge"]]),
    ]
    choices += [(["pools", name], "purpose", ["inference", "training"]) for name in table["pools"]]
    choices += [(["services", name], "max_replicas", [3, 5, 7]) for name in table["services"]]
    choices += [(["services", name], "memory", ["2Gi", "6Gi", "8Gi"]) for name in table["services"]]
    choices += [(["services", name], "cpu", ["500m", "2", "3"]) for name in table["services"]]
    choices += [(["services", name], "digest", [_DIGEST]) for name in table["services"]]
    above, key, values = dice.choice(choices)
    new = dice.choice([v for v in values if v != _at(table, above).get(key)] or values)
    _at(table, above)[key] = new
    return f"{_path(above, key)} → {new}"


def _item(dice: random.Random, table: Table) -> str:
    more = {
        "layers": ["platinum", "raw"],
        "repositories": ["letters", "faces"],
        "interface_endpoints": ["sqs", "ssm", "ecr.api", "glue", "logs", "sts"],
        "instance_types": ["g5.2xlarge", "g5.12xlarge", "g4dn.xlarge"],
        "capacity_types": ["reserved", "on-demand", "spot"],
        "reserved_cidrs": ["10.99.0.0/16", "192.168.0.0/16"],
        "private_access_cidrs": ["10.98.0.0/16", "10.97.0.0/24"],
        "public_access_cidrs": ["198.51.100.0/24", "203.0.113.128/25"],
        "availability_zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    }
    lists = [p for p in _leaves(table) if isinstance(p[-1], list) and p[-2] in more]
    lists += [[section, key, []] for section, key in (("network", "reserved_cidrs"), ("models", "repositories"))]
    *above, key, value = dice.choice(lists)
    owner, missing = _at(table, above), [item for item in more[key] if item not in value]
    what = dice.choice(("add", "remove", "turn"))
    if what == "add" and missing:
        item = dice.choice(missing)
        owner[key] = [*value, item]
        return f"{_path(above, key)} + {item}"
    if what == "remove" and value:
        item = dice.choice(value)
        owner[key] = [v for v in value if v != item]
        return f"{_path(above, key)} - {item}"
    owner[key] = list(reversed(value))
    return f"{_path(above, key)} turned around" if len(value) > 1 else ""


def _tag(dice: random.Random, table: Table) -> str:
    tags = table["tags"]
    what = dice.choice(("new", "owner", "cost"))
    if what == "new":
        tags["Team"] = dice.choice(("search", "vision"))
        return "a tag more"
    key = {"owner": "Owner", "cost": "CostCenter"}[what]
    tags[key] = f"{tags[key]}-2"
    return f"tags.{key} another"


def _member(dice: random.Random, table: Table) -> str:
    kind = dice.choice(("pools", "services"))
    members = table[kind]
    what = dice.choice(("add", "remove", "rename", "copy"))
    name = dice.choice(sorted(members)) if members else ""
    if what == "add" or not members:
        members["extra"] = _new_pool() if kind == "pools" else _new_service(dice, table)
        return f"{kind}.extra new"
    if what == "copy":
        members[f"{name}-two"] = copy.deepcopy(members[name])
        return f"{kind}.{name} twice"
    body = members.pop(name)
    if what == "rename":
        members[f"{name}-new"] = body
        return f"{kind}.{name} renamed"
    return f"{kind}.{name} removed"


def _new_pool() -> Table:
    return {"instance_types": ["g4dn.xlarge", "g5.xlarge"], "capacity_types": ["spot", "on-demand"], "max_gpus": 3}


def _new_service(dice: random.Random, table: Table) -> Table:
    pool = dice.choice([None, *sorted(table["pools"])])
    service: Table = {"model": "letters", "digest": _DIGEST, "client_namespaces": ["apps"], "max_replicas": 3}
    return {**service, "pool": pool, "gpus": 1} if pool else service


def _text(dice: random.Random, table: Table) -> str:
    network = table["network"]
    what = dice.choice(("cidr", "admin", "admins gone", "slack", "expire", "forget"))
    if what == "cidr":
        network["cidr"] = dice.choice(("10.50.0.0/16", "10.51.0.0/18"))
        return f"network.cidr → {network['cidr']}"
    if what == "admin":
        arn = f"arn:aws:iam::111122223333:role/{dice.choice(('deploy', 'on-call'))}"
        table["cluster"]["admin_role_arns"] = {dice.choice(("deploy", "people")): arn}
        return "an administrator"
    if what == "admins gone":
        return "no administrators" if table["cluster"].pop("admin_role_arns", None) else ""
    if what == "slack":
        table["monitoring"]["alert_slack_secret"] = dice.choice(("", "alerts-slack", "other-slack"))
        return "the alerts' secret"
    if what == "expire":
        layer = dice.choice(table["lake"].get("layers", ["bronze"]))
        table["lake"]["expire_days"] = {layer: dice.choice((30, 60, 400))}
        return f"lake.expire_days.{layer}"
    section = dice.choice(("lake", "warehouse", "cluster", "models", "monitoring", "network"))
    spare = [k for k in table[section] if k not in ("cidr", "mode", "nat", "kubernetes_version", *_SMALL[:1])]
    if not spare:
        return ""
    key = dice.choice(spare)
    del table[section][key]
    return f"{section}.{key} left to its default"


OPERATIONS: list[Operation] = [_number, _number, _switch, _choice, _choice, _item, _item, _tag, _member, _member, _text]


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[Any]:
    """``(*keys, leaf)`` of every leaf; a list is one."""
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    return [[*path, value]]


def _at(table: Table, path: list[Any]) -> Any:
    node: Any = table
    for key in path:
        node = node[key]
    return node


def _path(above: list[Any], key: Any) -> str:
    return ".".join(map(str, [*above, key]))
