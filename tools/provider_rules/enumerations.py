"""What a constant of the AWS SDK for Go holds: ``ec2/types.TenancyDefault`` is ``default``, by botocore's models."""

from __future__ import annotations

import functools
import re
from typing import Any

from botocore.loaders import Loader

from aistacks_catalog.aws.types.words import plain

_CONSTANT = re.compile(r"aws-sdk-go-v2/service/(\w+)/types\.(\w+)$")


def constant(name: str) -> str | None:
    """The text of a constant by its whole name, or None for another package's."""
    found = _CONSTANT.search(name)
    return _constants(_services().get(found[1], found[1])).get(plain(found[2])) if found else None


@functools.cache
def _constants(service: str) -> dict[str, str]:
    try:
        model = Loader().load_service_model(service, "service-2")
    except Exception:  # noqa: BLE001 (a service that botocore lacks)
        return {}
    return {plain(shape + value): value for shape, about in model["shapes"].items() for value in about.get("enum", ())}


@functools.cache
def _services() -> dict[str, str]:
    """botocore's name of each of the Go SDK's packages that is called otherwise there."""
    loader: Any = Loader()
    found = {}
    for name in loader.list_available_services("service-2"):
        about = loader.load_service_model(name, "service-2")["metadata"]
        found[plain(about.get("serviceId", name))] = name
    return found
