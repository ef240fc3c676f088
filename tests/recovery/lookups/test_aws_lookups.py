"""What the provider made in the emulated AWS is found again by its inputs alone, as the provider's id.

It proves the calls and the ids against the emulator, not against AWS; the ids of imports are those of the provider's
documentation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from aistacks_core.property_values import Props
from aistacks_recovery import lookups
from aistacks_recovery.account import Account
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.lookups import table
from aistacks_sandbox.providers import provider as providing
from aistacks_sandbox.providers.autoname import Naming
from aistacks_sandbox.providers.aws.provider import AwsProvider
from aistacks_sandbox.providers.aws.template import fill

ROWS: Props = yaml.safe_load(
    (Path(__file__).parents[2] / "sandbox" / "providers" / "aws" / "rows.yaml").read_text(encoding="utf-8")
)
REGION = "us-west-2"
NOTHING = Deployment((), ())
FOUND_ANYWAY = {
    # What is there before it is asked for.
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    "aws:ec2/defaultRouteTable:DefaultRouteTable",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:s3/bucketAcl:BucketAcl",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
    "aws:lakeformation/dataLakeSettings:DataLakeSettings",
}


class Cloud:
    """Makes what rows need, once for all of them."""

    def __init__(self, provider: AwsProvider, account: Account) -> None:
        self.provider = provider
        self.account = account
        self.made: dict[str, Props] = {}

    def inputs(self, token: str) -> Props:
        entry = ROWS["rows"][token]
        for name in entry.get("also", []):
            self._need(name)
        inputs = self._resolved(entry["inputs"])
        if _taggable(token):
            inputs = {**inputs, "tags": {**inputs.get("tags", {}), "Name": f"look-{token.rpartition(':')[2]}"}}
        return self.provider.check(at(token), None, inputs, Naming("row", b"seed"))

    def _resolved(self, inputs: Any) -> Any:
        for name in ROWS["needs"]:
            if f"${name}." in str(inputs):
                self._need(name)
        return fill(inputs, self.made)

    def _need(self, name: str) -> None:
        if name not in self.made:
            entry = ROWS["needs"][name]
            inputs = self._resolved(entry["inputs"])
            self.made[name] = self.provider.create(at(entry["type"]), inputs, preview=False, timeout=0).outputs


def at(token: str) -> providing.Resource:
    return providing.Resource(f"urn:pulumi:dev::project::{token}::row", token, "row")


def resource(token: str, inputs: Props, **more: Any) -> Resource:
    return Resource(f"urn:pulumi:dev::project::{token}::row", token, inputs=inputs, **more)


def _taggable(token: str) -> bool:
    lookup = table.lookups().get(token)
    return bool(lookup and lookup.tags)


@pytest.fixture(scope="module")
def cloud(emulator: str, _shared: AwsProvider) -> Cloud:
    _shared.configure({"region": REGION})
    return Cloud(_shared, Account(REGION, emulator))


@pytest.mark.parametrize("token", [token for token in sorted(ROWS["rows"]) if token in table.lookups()])
def test_what_was_made_is_found_by_its_inputs_alone(cloud: Cloud, token: str) -> None:
    inputs = cloud.inputs(token)
    before = {each.id for each in lookups.find(resource(token, inputs), cloud.account, NOTHING)}
    created = cloud.provider.create(at(token), inputs, preview=False, timeout=0)
    try:
        found = lookups.find(resource(token, inputs), cloud.account, NOTHING)
        assert created.id in {each.id for each in found}
        assert token in FOUND_ANYWAY or created.id not in before
        ours = next(each for each in found if each.id == created.id)
        assert ours.certain is (table.lookups()[token].certain != "never")
        state = Deployment((resource(token, inputs, id=created.id),), ())
        assert created.id not in {each.id for each in lookups.find(resource(token, inputs), cloud.account, state)}
    finally:
        cloud.provider.delete(at(token), created.id, inputs, created.outputs, timeout=0)
    if not ROWS["rows"][token].get("stays"):
        after = {each.id for each in lookups.find(resource(token, inputs), cloud.account, NOTHING)}
        assert created.id not in after
