"""What an account's service quotas are, asked of Service Quotas; nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws.quotas import Quota
from aistacks_core import aws_clients

_SECONDS = 5


@dataclass(frozen=True)
class Account:
    """``limits``: what the account has, by quota code; what AWS didn't tell is missing. ``problem``: why not all could
    be asked; empty where nothing went wrong."""

    limits: dict[str, float] = field(default_factory=dict)
    problem: str = ""


def limits_of(quotas: Iterable[Quota], region: str, client: Callable[[str], Any] | None = None) -> Account:
    """The account's limits in ``region``. ``client``: makes a Service Quotas client for a region. Default: boto3's."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        return Account(problem="boto3 isn't installed (pip install 'aistacks[models]')")
    make = client or _client
    found: dict[str, float] = {}
    try:
        for quota in quotas:
            if quota.code:
                value = _ask(make(quota.region or region), quota, ClientError)
                if value is not None:
                    found[quota.code] = value
    except (BotoCoreError, ClientError) as error:
        return Account(found, " ".join(str(error).split()))
    return Account(found)


def _ask(service: Any, quota: Quota, client_error: type[Exception]) -> float | None:
    """The applied value, else AWS's default in that region: one that was never raised may have no applied value."""
    for operation in (service.get_service_quota, service.get_aws_default_service_quota):
        try:
            return float(operation(ServiceCode=quota.service, QuotaCode=quota.code)["Quota"]["Value"])
        except client_error as error:
            if getattr(error, "response", {}).get("Error", {}).get("Code") != "NoSuchResourceException":
                raise
    return None


def _client(region: str) -> Any:
    import boto3

    return boto3.client("service-quotas", region_name=region, config=aws_clients.config(read_seconds=_SECONDS))
