"""What the AWS provider's functions answer without asking AWS."""

from __future__ import annotations

from aistacks_core.facts import load
from aistacks_core.property_values import Props

_SUFFIX = "amazonaws.com"
_COMMERCIAL = "aws"


def partition(region: str = "") -> Props:
    """The partition of ``region``. Default: AWS's commercial one."""
    known: list[Props] = load(__package__, "partitions.yaml")["partitions"]
    found = next((p for p in known[1:] if region.startswith(p["begins"])), known[0])
    reverse = ".".join(reversed(found["suffix"].split(".")))
    return {"partition": found["id"], "dnsSuffix": found["suffix"], "reverseDnsPrefix": reverse, "id": found["id"]}


def is_commercial(region: str) -> bool:
    """Whether ``region`` is in AWS's commercial partition."""
    return bool(partition(region)["id"] == _COMMERCIAL)


def region(args: Props, current: str) -> Props:
    """``current``, the provider's region, or the one that is asked for."""
    name = args.get("region") or args.get("name") or current
    if endpoint := args.get("endpoint"):
        name = str(endpoint).split(".")[1]
    return {
        "id": name,
        "name": name,
        "region": name,
        "description": f"AWS region {name}",
        "endpoint": f"ec2.{name}.{partition(str(name))['dnsSuffix']}",
    }


def service_principal(args: Props, current: str) -> Props:
    """``service.amazonaws.com``."""
    service, place = args["serviceName"], args.get("region") or current
    return {
        "id": f"{service}.{place}.{_SUFFIX}",
        "name": f"{service}.{_SUFFIX}",
        "region": place,
        "serviceName": service,
        "suffix": _SUFFIX,
    }
