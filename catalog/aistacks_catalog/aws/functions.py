"""What the AWS provider's functions answer without asking AWS."""

from __future__ import annotations

from aistacks_core.property_values import Props

# source: botocore's endpoints.json, partition "aws"; date: 2026-11-23
_SUFFIX = "amazonaws.com"


def partition() -> Props:
    """AWS's commercial partition."""
    return {"partition": "aws", "dnsSuffix": _SUFFIX, "reverseDnsPrefix": "com.amazonaws", "id": "aws"}


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
        "endpoint": f"ec2.{name}.{_SUFFIX}",
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
