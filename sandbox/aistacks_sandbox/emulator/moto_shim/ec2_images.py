"""Images of AWS's own for nodes: found through Systems Manager's public parameters, as node controllers find them."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami

DESCRIPTION = "AWS's own node image"
"""How such an image's description begins: it is nothing that a user made."""
_PARAMETERS = re.compile(r"/aws/service/(bottlerocket|eks/optimized-ami)/.*(x86_64|arm64).*/image_id")
_MADE = datetime(2026, 10, 13, tzinfo=UTC)
_OWNER = "602401143452"
"""Amazon's account of EKS images in most regions (EKS user guide, "Amazon image registries")."""


def image_of(parameter: str, account: str, region: str) -> str | None:
    """The id of the image that the public parameter names, which then exists; None for another parameter."""
    found = _PARAMETERS.fullmatch(parameter)
    if found is None:
        return None
    image = f"ami-{hashlib.sha256(f'{region}{parameter}'.encode()).hexdigest()[:17]}"
    backend: Any = ec2_backends[account][region]
    if image not in backend.amis:
        name = parameter.removeprefix("/aws/service/").removesuffix("/image_id").replace("/", "-")
        backend.amis[image] = Ami(
            backend,
            image,
            name=name,
            description=f"{DESCRIPTION}: {name}",
            snapshot_description=f"{DESCRIPTION}: {name}",
            owner_id=_OWNER,
            owner_alias="amazon",
            public=True,
            virtualization_type="hvm",
            architecture=found[2],
            creation_date=_MADE,
            root_device_type="ebs",
            root_device_name="/dev/xvda",
        )
    return image
