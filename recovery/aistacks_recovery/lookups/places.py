"""Where a resource is: its provider in the state decides region, credentials and endpoint."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..account import Account
from ..deployment import Deployment, Resource
from . import values

_GLOBAL = frozenset({"iam", "route53", "cloudfront", "organizations", "globalaccelerator", "budgets", "s3"})
"""Services whose names hold for every region of an account."""


@dataclass(frozen=True)
class Place:
    """An account and a region in it."""

    account: Account
    region: str

    def client(self, service: str) -> Any:
        """boto3's client."""
        return self.account.client(service, self.region)

    @functools.cached_property
    def names(self) -> dict[str, str]:
        """What expressions know besides inputs and answers."""
        return {"account": self.account.number, "region": self.region, "partition": self.account.partition}


def provider_of(resource: Resource, known: Deployment) -> Resource | None:
    """The resource's provider in the state."""
    urn = resource.provider.rpartition("::")[0]
    return next((each for each in known.resources if urn and each.urn == urn), None)


def place_of(resource: Resource, account: Account, known: Deployment) -> Place:
    """Where ``resource`` was to be made.

    An account with an endpoint of its own is emulated, and has every account in it: there only the region counts.
    """
    provider = provider_of(resource, known)
    settings = configuration(provider)
    region = values.plain(resource.inputs).get("region") or settings.get("region") or account.region
    if account.endpoint is None and provider is not None:
        account = account.of(settings)
    return Place(account, str(region))


def configuration(provider: Resource | None) -> dict[str, Any]:
    """A provider's settings; the engine keeps those that aren't texts as JSON in texts."""
    if provider is None:
        return {}
    return {key: _decoded(value) for key, value in values.plain(provider.inputs).items()}


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def ids(resource: Resource, account: Account, known: Deployment) -> set[str]:
    """The ids of the same type and place that the state has already."""
    here = _key(resource, account, known)
    return {
        each.id
        for each in known.resources
        if each.id and not each.gone and each.type == resource.type and _key(each, account, known) == here
    }


def _key(resource: Resource, account: Account, known: Deployment) -> tuple[str, str]:
    provider = provider_of(resource, known)
    settings = configuration(provider)
    who = _identity(settings)
    module = resource.type.split(":")[1].partition("/")[0]
    if module in _GLOBAL:
        return who, ""
    region = values.plain(resource.inputs).get("region") or settings.get("region") or account.region
    return who, str(region)


def _identity(settings: Mapping[str, Any]) -> str:
    """What of a provider's settings means another account or cluster."""
    keys = ("profile", "accessKey", "assumeRole", "assumeRoles", "assumeRoleWithWebIdentity", "kubeconfig", "context")
    return json.dumps({key: settings[key] for key in keys if settings.get(key)}, sort_keys=True)
