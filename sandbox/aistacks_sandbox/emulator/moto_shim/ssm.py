"""Systems Manager: public parameters that name AWS's own node images."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ssm.models import Parameter, SimpleSystemManagerBackend

from .ec2_images import image_of


def apply() -> None:
    """Patch the reading of one parameter."""
    plain: Any = SimpleSystemManagerBackend.get_parameter

    def get_parameter(self: Any, name: str) -> Any:
        if found := plain(self, name):
            return found
        image = image_of(name, self.account_id, self.region_name)
        if image is None:
            return None
        make: Any = Parameter
        return make(
            account_id=self.account_id,
            name=name,
            value=image,
            parameter_type="String",
            description=None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=utcnow(),
            version=1,
            data_type="text",
        )

    SimpleSystemManagerBackend.get_parameter = get_parameter  # type: ignore[method-assign]
