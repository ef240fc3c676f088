"""EC2: fleets of the type `instant`, launched as EC2 launches them, and the prices by which they are chosen.

moto takes the first override, whatever it costs, with other security groups and metadata options than the launch
template's, and no spot request.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS
from moto.ec2.responses import EC2Response
from moto.ec2.utils import convert_tag_spec, random_fleet_id

from ...machine_prices import hourly
from ._handlers import request_of, serve

_UNPRICED = float("inf")
_STAMP = timedelta(minutes=5)


def apply() -> None:
    """Patch the creation of fleets, and serve what node controllers ask for besides."""
    plain: Any = EC2Response.create_fleet

    def create_fleet(self: Any) -> ActionResult:
        if self._get_param("Type") != "instant":
            answer: ActionResult = plain(self)
            return answer
        self.error_on_dryrun()
        return ActionResult(_instant(self.ec2_backend, request_of(self)))

    EC2Response.create_fleet = create_fleet  # type: ignore[method-assign]
    serve(
        EC2Response,
        "ec2_backend",
        {
            "DescribeSpotPriceHistory": _spot_prices,
            # Nothing here makes one: moto has no call for it.
            "DescribeCapacityReservations": lambda _backend, _asked: {"CapacityReservations": []},
            "DescribePlacementGroups": lambda _backend, _asked: {"PlacementGroups": []},
        },
    )


def _instant(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
    target = asked["TargetCapacitySpecification"]
    spot = target.get("DefaultTargetCapacityType") == "spot"
    wanted = int(target["TotalTargetCapacity"])
    tags = convert_tag_spec(asked.get("TagSpecifications") or [])
    fleet = random_fleet_id()
    launched, errors = [], []
    for offer in sorted(_offers(backend, asked), key=functools.partial(_rank, backend.region_name, asked, spot)):
        if not _is_offered(backend, offer):
            errors.append(_refused(offer, "spot" if spot else "on-demand"))
            continue
        launched = [_launch(backend, offer, tags, fleet, spot=spot) for _ in range(wanted)]
        break
    instances = [
        {
            "LaunchTemplateAndOverrides": _shown(offer),
            "Lifecycle": "spot" if spot else "on-demand",
            "InstanceIds": [instance.id for instance in launched],
            "InstanceType": offer["InstanceType"],
        }
    ]
    return {"FleetId": fleet, "Errors": errors, "Instances": instances if launched else []}


def _offers(backend: Any, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each override, over what its launch template says."""
    for config in asked["LaunchTemplateConfigs"]:
        named = config["LaunchTemplateSpecification"]
        template = (
            backend.get_launch_template(named["LaunchTemplateId"])
            if "LaunchTemplateId" in named
            else backend.get_launch_template_by_name(named["LaunchTemplateName"])
        )
        data = template.get_version(named.get("Version", "$Default")).data
        for override in config.get("Overrides") or [{}]:
            yield {**data, **override, "_template": template, "_override": override}


def _rank(region: str, asked: dict[str, Any], spot: bool, offer: dict[str, Any]) -> tuple[float, float]:
    """EC2's order: by price; on demand by the stated priority first, where the strategy says so."""
    options = asked.get("SpotOptions" if spot else "OnDemandOptions") or {}
    first = float(offer.get("Priority") or 0) if "prioritized" in str(options.get("AllocationStrategy", "")) else 0.0
    return first, _price(region, offer["InstanceType"], "spot" if spot else "on-demand")


def _price(region: str, kind: str, market: str) -> float:
    found = hourly(region, market, kind)
    return _UNPRICED if found is None else found


def _is_offered(backend: Any, offer: dict[str, Any]) -> bool:
    zone = backend.get_subnet(offer["SubnetId"]).availability_zone
    offered = INSTANCE_TYPE_OFFERINGS["availability-zone"].get(backend.region_name, [])
    return any(each["Location"] == zone and each["InstanceType"] == offer["InstanceType"] for each in offered)


def _refused(offer: dict[str, Any], lifecycle: str) -> dict[str, Any]:
    return {
        "LaunchTemplateAndOverrides": _shown(offer),
        "Lifecycle": lifecycle,
        "ErrorCode": "InsufficientInstanceCapacity",
        "ErrorMessage": f"There is no {offer['InstanceType']} capacity in the zone of {offer['SubnetId']}.",
    }


def _launch(backend: Any, offer: dict[str, Any], tags: dict[str, Any], fleet: str, *, spot: bool) -> Any:
    own = convert_tag_spec(offer.get("TagSpecifications") or [])
    groups = list(offer.get("SecurityGroupIds") or [])
    for interface in offer.get("NetworkInterfaces") or []:
        groups += [group for group in interface.get("Groups") or [] if group not in groups]
    (instance,) = backend.run_instances(
        image_id=offer["ImageId"],
        count=1,
        user_data=offer.get("UserData"),
        security_group_names=[],
        security_group_ids=groups,
        instance_type=offer["InstanceType"],
        is_instance_type_default=False,
        region_name=backend.region_name,
        subnet_id=offer["SubnetId"],
        key_name=offer.get("KeyName"),
        block_device_mappings=offer.get("BlockDeviceMappings") or [],
        metadata_options=offer.get("MetadataOptions") or {},
        ebs_optimized=offer.get("EbsOptimized", False),
        tags={
            "instance": {**own.get("instance", {}), **tags.get("instance", {}), "aws:ec2:fleet-id": fleet},
            "volume": {**own.get("volume", {}), **tags.get("volume", {})},
        },
        **({"instance_market_options": {"MarketType": "spot"}} if spot else {}),
    ).instances
    if spot:
        # By it a client tells a spot instance; an identifier, no secret.
        instance.spot_instance_request_id = f"sir-{random.getrandbits(32):08x}"
    return instance


def _shown(offer: dict[str, Any]) -> dict[str, Any]:
    template = offer["_template"]
    named = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "Version": "1"}
    return {"LaunchTemplateSpecification": named, "Overrides": offer["_override"]}


def _spot_prices(backend: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Of each type in each zone, the catalogue's; an offering without a price has none."""
    region = backend.region_name
    types = set(asked.get("InstanceTypes") or [])
    filters = {each["Name"]: set(each["Values"]) for each in asked.get("Filters") or []}
    types |= filters.get("instance-type", set())
    zones = filters.get("availability-zone", set())
    if asked.get("AvailabilityZone"):
        zones |= {asked["AvailabilityZone"]}
    now = datetime.now(UTC) - _STAMP
    history = []
    for offered in INSTANCE_TYPE_OFFERINGS["availability-zone"].get(region, []):
        kind, zone = offered["InstanceType"], offered["Location"]
        if (types and kind not in types) or (zones and zone not in zones):
            continue
        price = _price(region, kind, "spot")
        if price != _UNPRICED:
            history.append(
                {
                    "InstanceType": kind,
                    "ProductDescription": "Linux/UNIX",
                    "SpotPrice": f"{price:.6f}",
                    "AvailabilityZone": zone,
                    "Timestamp": now,
                }
            )
    return {"SpotPriceHistory": history}
