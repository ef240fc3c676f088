"""What functions (data sources) answer without a cloud: where one is, and what is only computed.

What depends on the account is answered as a new account would see it and told as an assumption.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aistacks_catalog.aws import functions
from aistacks_catalog.aws.facts import zones
from aistacks_catalog.aws.iam.policy_document import PolicyDocumentError, policy_document
from aistacks_core.property_values import contains_unknown
from aistacks_core.stated_answers import Stated
from aistacks_core.symbols import ACCOUNT

from .provider_places import Place

Answer = dict[str, Any]


@dataclass
class OfflineAnswers:
    """Answers invokes of one stack. ``assumed``: what was answered as a guess, by token, in words."""

    region: str
    given: Stated = field(default_factory=Stated)
    """Answers that a person states or a trusted run recorded."""
    assumed: dict[str, str] = field(default_factory=dict)

    def __call__(self, token: str, args: Answer, place: Place | None = None) -> Answer | None:
        """The answer of ``token``, or ``None`` where only the cloud knows. ``place``: of the provider that is asked.
        Default: the stack's own."""
        place = place or Place(self.region, ACCOUNT)
        stated = self.given.function(token, args)
        if stated is not None:
            if place.provider:
                self._assume(token, place, "the answer that is stated for every provider")
            return stated
        if not token.startswith("aws:"):
            return None
        known: dict[str, Callable[[Answer, Place], Answer | None]] = {
            "index/getRegion": _region,
            "index/getPartition": lambda _, place: functions.partition(place.region) if place.region else None,
            "index/getServicePrincipal": _service_principal,
            "index/getCallerIdentity": self._identity,
            "iam/getSessionContext": _session,
            "index/getAvailabilityZones": self._zones,
            "iam/getPolicyDocument": _document,
        }
        if not place.region and not place.provider:
            known["index/getPartition"] = lambda _, place: functions.partition()  # noqa: ARG005
        function = known.get(token.split(":")[1])
        return function({k: v for k, v in args.items() if v is not None}, place) if function else None

    def _assume(self, token: str, place: Place, text: str) -> None:
        self.assumed[f"{token} by {place.provider}" if place.provider else token] = text

    def _identity(self, args: Answer, place: Place) -> Answer | None:  # noqa: ARG002
        if not place.account:
            return None
        self._assume(
            "aws:index/getCallerIdentity:getCallerIdentity",
            place,
            f"the account ID stands as {ACCOUNT}"
            if place.account == ACCOUNT
            else f"the account ID is {place.account}, as the provider's settings state",
        )
        partition = functions.partition(place.region)["id"]
        return {
            "accountId": place.account,
            "arn": f"arn:{partition}:iam::{place.account}:user/plan",
            "userId": "plan",
            "id": place.account,
        }

    def _zones(self, args: Answer, place: Place) -> Answer | None:
        region = args.get("region") or place.region
        try:
            names = list(zones(str(region)))
        except LookupError:
            return None
        self._assume(
            "aws:index/getAvailabilityZones:getAvailabilityZones",
            place,
            f"the zones of {region} as a new account has them: {', '.join(names)}",
        )
        return {"id": region, "names": names, "groupNames": [region], "region": region}


def _region(args: Answer, place: Place) -> Answer | None:
    return functions.region(args, place.region) if place.region or args else None


def _service_principal(args: Answer, place: Place) -> Answer | None:
    region = str(args.get("region") or place.region)
    # Elsewhere it is another one for some services.
    return functions.service_principal(args, place.region) if functions.is_commercial(region) else None


def _document(args: Answer, _place: Place) -> Answer | None:
    if contains_unknown(args):
        return None
    try:
        return policy_document(args)
    except PolicyDocumentError:
        return None


def _session(args: Answer, _place: Place) -> Answer | None:
    """Who is behind a caller's ARN: for one that isn't an assumed role's, AWS's provider answers the ARN itself."""
    arn = args.get("arn")
    if not isinstance(arn, str) or ":assumed-role/" in arn:
        return None
    return {"id": arn, "arn": arn, "issuerArn": arn, "issuerId": "", "issuerName": "", "sessionName": ""}
