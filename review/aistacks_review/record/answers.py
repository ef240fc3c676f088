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

Answer = dict[str, Any]


@dataclass
class OfflineAnswers:
    """Answers invokes of one stack. ``assumed``: what was answered as a guess, by token, in words."""

    region: str
    given: Stated = field(default_factory=Stated)
    """Answers that a person states or a trusted run recorded."""
    assumed: dict[str, str] = field(default_factory=dict)

    def __call__(self, token: str, args: Answer) -> Answer | None:
        """The answer of ``token``, or ``None`` where only the cloud knows."""
        stated = self.given.function(token, args)
        if stated is not None:
            return stated
        if not token.startswith("aws:"):
            return None
        known: dict[str, Callable[[Answer], Answer | None]] = {
            "index/getRegion": self._region,
            "index/getPartition": lambda _: functions.partition(),
            "index/getServicePrincipal": lambda args: functions.service_principal(args, self.region),
            "index/getCallerIdentity": self._identity,
            "iam/getSessionContext": _session,
            "index/getAvailabilityZones": self._zones,
            "iam/getPolicyDocument": _document,
        }
        function = known.get(token.split(":")[1])
        return function({k: v for k, v in args.items() if v is not None}) if function else None

    def _region(self, args: Answer) -> Answer | None:
        return functions.region(args, self.region) if self.region or args else None

    def _identity(self, args: Answer) -> Answer:  # noqa: ARG002
        self.assumed["aws:index/getCallerIdentity:getCallerIdentity"] = f"the account ID stands as {ACCOUNT}"
        return {
            "accountId": ACCOUNT,
            "arn": f"arn:aws:iam::{ACCOUNT}:user/plan",
            "userId": "plan",
            "id": ACCOUNT,
        }

    def _zones(self, args: Answer) -> Answer | None:
        place = args.get("region") or self.region
        try:
            names = list(zones(str(place)))
        except LookupError:
            return None
        self.assumed["aws:index/getAvailabilityZones:getAvailabilityZones"] = (
            f"the zones of {place} as a new account has them: {', '.join(names)}"
        )
        return {"id": place, "names": names, "groupNames": [place], "region": place}


def _document(args: Answer) -> Answer | None:
    if contains_unknown(args):
        return None
    try:
        return policy_document(args)
    except PolicyDocumentError:
        return None


def _session(args: Answer) -> Answer | None:
    """Who is behind a caller's ARN: for one that isn't an assumed role's, AWS's provider answers the ARN itself."""
    arn = args.get("arn")
    if not isinstance(arn, str) or ":assumed-role/" in arn:
        return None
    return {"id": arn, "arn": arn, "issuerArn": arn, "issuerId": "", "issuerName": "", "sessionName": ""}
