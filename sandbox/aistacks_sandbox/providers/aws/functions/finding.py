"""What every look-up needs: exactly one result, in the right region."""

from __future__ import annotations

from aistacks_core.property_values import Props
from aistacks_sandbox.providers.failures import ProviderError

from ..cloud import Cloud


def one(name: str, found: list[Props]) -> Props:
    """The only item of ``found``. Raises ``ProviderError`` with the function's ``name``."""
    if len(found) != 1:
        got = "none" if not found else f"{len(found)}"
        raise ProviderError(f"{name}: got {got}; expected exactly one; change the filters")
    return found[0]


def place_of(args: Props, cloud: Cloud) -> str:
    """The region that the arguments name, or the provider's."""
    return str(args.get("region") or cloud.region)
