"""Functions that find networks, machine images and zones."""

from __future__ import annotations

import hashlib
import json

from aistacks_core.property_values import Props

from ..cloud import Cloud
from ..shapes import from_api
from ..tagging import parse
from .finding import one, place_of


def _filters(args: Props, **named: str) -> list[Props]:
    filters = [{"Name": item["name"], "Values": item["values"]} for item in args.get("filters") or []]
    filters += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (args.get("tags") or {}).items()]
    for key, name in named.items():
        if args.get(key) is not None:
            value = args[key]
            filters.append({"Name": name, "Values": [str(value).lower() if isinstance(value, bool) else value]})
    return filters


def availability_zones(args: Props, cloud: Cloud) -> Props:
    """The region's zones."""
    place = place_of(args, cloud)
    params = {"Filters": _filters(args, state="state")}
    zones = cloud.call("ec2", "describe_availability_zones", params, place)["AvailabilityZones"]
    left = {*(args.get("excludeNames") or []), *(args.get("excludeZoneIds") or [])}
    zones = sorted((z for z in zones if not {z["ZoneName"], z["ZoneId"]} & left), key=lambda z: z["ZoneName"])
    return {
        "id": place,
        "region": place,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": [place],
    }


def vpc(args: Props, cloud: Cloud) -> Props:
    """One network."""
    params: Props = {"Filters": _filters(args, default="is-default", cidrBlock="cidr", state="state")}
    if args.get("id"):
        params["VpcIds"] = [args["id"]]
    place = place_of(args, cloud)
    found = one("getVpc", cloud.call("ec2", "describe_vpcs", params, place)["Vpcs"])
    settings = {
        name: cloud.call("ec2", "describe_vpc_attribute", {"VpcId": found["VpcId"], "Attribute": name}, place)
        for name in ("enableDnsSupport", "enableDnsHostnames")
    }
    tables = [{"Name": "vpc-id", "Values": [found["VpcId"]]}, {"Name": "association.main", "Values": ["true"]}]
    main = cloud.call("ec2", "describe_route_tables", {"Filters": tables}, place)["RouteTables"]
    return {
        "id": found["VpcId"],
        "arn": f"arn:aws:ec2:{place}:{cloud.account}:vpc/{found['VpcId']}",
        "cidrBlock": found["CidrBlock"],
        "cidrBlockAssociations": [
            {"associationId": item["AssociationId"], "cidrBlock": item["CidrBlock"], "state": "associated"}
            for item in found.get("CidrBlockAssociationSet", [])
        ],
        "default": found["IsDefault"],
        "dhcpOptionsId": found.get("DhcpOptionsId", ""),
        "enableDnsSupport": settings["enableDnsSupport"]["EnableDnsSupport"]["Value"],
        "enableDnsHostnames": settings["enableDnsHostnames"]["EnableDnsHostnames"]["Value"],
        "enableNetworkAddressUsageMetrics": False,
        "instanceTenancy": found["InstanceTenancy"],
        "ipv6AssociationId": "",
        "ipv6CidrBlock": "",
        "mainRouteTableId": main[0]["RouteTableId"] if main else "",
        "ownerId": cloud.account,
        "region": place,
        "state": found["State"],
        "tags": parse(found.get("Tags")),
    }


def subnets(args: Props, cloud: Cloud) -> Props:
    """The ids of the subnets that fit."""
    place = place_of(args, cloud)
    found = cloud.call("ec2", "describe_subnets", {"Filters": _filters(args)}, place)["Subnets"]
    return {"id": place, "region": place, "ids": [item["SubnetId"] for item in found], "tags": args.get("tags") or {}}


def subnet(args: Props, cloud: Cloud) -> Props:
    """One subnet."""
    named = {"vpcId": "vpc-id", "cidrBlock": "cidr", "availabilityZone": "availability-zone"}
    params: Props = {"Filters": _filters(args, **named)}
    if args.get("id"):
        params["SubnetIds"] = [args["id"]]
    found = one("getSubnet", cloud.call("ec2", "describe_subnets", params, place_of(args, cloud))["Subnets"])
    return {
        **from_api(found),
        "id": found["SubnetId"],
        "arn": found.get("SubnetArn", ""),
        "tags": parse(found.get("Tags")),
    }


def security_group(args: Props, cloud: Cloud) -> Props:
    """One security group."""
    params: Props = {"Filters": _filters(args, vpcId="vpc-id", name="group-name")}
    if args.get("id"):
        params["GroupIds"] = [args["id"]]
    place = place_of(args, cloud)
    found = one("getSecurityGroup", cloud.call("ec2", "describe_security_groups", params, place)["SecurityGroups"])
    return {
        "id": found["GroupId"],
        "name": found["GroupName"],
        "description": found["Description"],
        "vpcId": found.get("VpcId", ""),
        "arn": f"arn:aws:ec2:{place}:{cloud.account}:security-group/{found['GroupId']}",
        "tags": parse(found.get("Tags")),
        "region": place,
    }


def _image(args: Props) -> Props:
    asked = {key: args[key] for key in ("filters", "owners", "nameRegex") if args.get(key)}
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    wanted = {item["name"]: str(item["values"][0]) for item in args.get("filters") or [] if item.get("values")}
    return {
        "ImageId": f"ami-{digest[:17]}",
        "Name": wanted.get("name", "sandbox").replace("*", "x"),
        "Architecture": wanted.get("architecture", "x86_64"),
        "VirtualizationType": wanted.get("virtualization-type", "hvm"),
        "RootDeviceType": wanted.get("root-device-type", "ebs"),
        "RootDeviceName": "/dev/xvda",
        "State": "available",
        "OwnerId": next((str(owner) for owner in args.get("owners") or [] if str(owner).isdigit()), "137112412989"),
        "CreationDate": "2026-01-01T00:00:00.000Z",
        "Public": True,
    }


def ami(args: Props, cloud: Cloud) -> Props:
    """One image; with ``mostRecent`` the newest of those that fit."""
    params: Props = {"Filters": _filters(args)}
    if args.get("owners"):
        params["Owners"] = args["owners"]
    images = cloud.call("ec2", "describe_images", params, place_of(args, cloud))["Images"]
    images.sort(key=lambda image: str(image.get("CreationDate", "")), reverse=True)
    # The emulator has a few old images; what it lacks stands in, always the same one for the same question.
    fitting = images[:1] if args.get("mostRecent") else images
    found = one("getAmi", fitting or [_image(args)])
    return {
        **from_api(found),
        "id": found["ImageId"],
        "arn": f"arn:aws:ec2:{place_of(args, cloud)}::image/{found['ImageId']}",
        "owners": args.get("owners") or [],
        "blockDeviceMappings": [],
        "productCodes": [],
        "tags": parse(found.get("Tags")),
    }


FUNCTIONS = {
    "index/getAvailabilityZones": availability_zones,
    "ec2/getVpc": vpc,
    "ec2/getSubnets": subnets,
    "ec2/getSubnet": subnet,
    "ec2/getSecurityGroup": security_group,
    "ec2/getAmi": ami,
}
