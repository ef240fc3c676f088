"""What the provider made in the emulated AWS is found again by its inputs alone, as the provider's id.

It proves the calls and the ids against the emulator, not against AWS; what an import expects is held against the
examples in the provider's documentation.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pulumi_aws
import pytest
import yaml

from aistacks_core.property_values import Props
from aistacks_recovery import lookups
from aistacks_recovery.account import Account
from aistacks_recovery.deployment import Deployment, Resource
from aistacks_recovery.lookups import table
from aistacks_sandbox.providers import provider as providing
from aistacks_sandbox.providers.autoname import Naming
from aistacks_sandbox.providers.aws import table as rows
from aistacks_sandbox.providers.aws.provider import AwsProvider
from aistacks_sandbox.providers.aws.template import fill

ROWS: Props = yaml.safe_load(
    (Path(__file__).parents[2] / "sandbox" / "providers" / "aws" / "rows.yaml").read_text(encoding="utf-8")
)
REGION = "us-west-2"
NOTHING = Deployment((), ())
THERE_BEFORE = {
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",
    "aws:ec2/defaultRouteTable:DefaultRouteTable",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:s3/bucketAcl:BucketAcl",
}
"""What AWS makes with its parent, and the provider only takes over."""
SHORTER = {"aws:cloudwatch/eventRule:EventRule": frozenset({"capture-console-sign-in"})}
"""Ids that the documentation tells in words: rules of the default bus may leave the bus out."""
GUARDS = {"deletionProtectionEnabled"}
"""What would keep the test from removing what it made."""
TYPES = sorted(token for token in ROWS["rows"] if token in table.lookups())


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
        inputs = {key: value for key, value in self._resolved(entry["inputs"]).items() if key not in GUARDS}
        if _tagged(token):
            inputs = {**inputs, "tags": {**inputs.get("tags", {}), "Name": f"look-{token.rpartition(':')[2]}"}}
        return self.provider.check(_asked(token), None, inputs, Naming("row", b"seed"))

    def _resolved(self, inputs: Any) -> Any:
        for name in ROWS["needs"]:
            if f"${name}." in str(inputs):
                self._need(name)
        return fill(inputs, self.made)

    def _need(self, name: str) -> None:
        if name not in self.made:
            entry = ROWS["needs"][name]
            inputs = self._resolved(entry["inputs"])
            self.made[name] = self.provider.create(_asked(entry["type"]), inputs, preview=False, timeout=0).outputs


def _asked(token: str) -> providing.Resource:
    return providing.Resource(f"urn:pulumi:dev::project::{token}::row", token, "row")


def resource(token: str, inputs: Props, **more: Any) -> Resource:
    return Resource(f"urn:pulumi:dev::project::{token}::row", token, inputs=inputs, **more)


def _tagged(token: str) -> bool:
    row = rows.row(token)
    return bool(table.lookups()[token].tags and row and not row.untagged)


@pytest.fixture(scope="module")
def cloud(emulator: str, aws_provider: AwsProvider, session: boto3.Session) -> Cloud:
    return Cloud(aws_provider, Account(REGION, emulator, session=session))


@pytest.mark.parametrize("token", TYPES)
def test_what_was_made_is_found_by_its_inputs_alone(cloud: Cloud, token: str) -> None:
    inputs = cloud.inputs(token)
    before = lookups.find(resource(token, inputs), cloud.account, NOTHING)
    created = cloud.provider.create(_asked(token), inputs, preview=False, timeout=0)
    try:
        found = lookups.find(resource(token, inputs), cloud.account, NOTHING)
        ours = [each for each in found if each.id == created.id]
        assert len(ours) == 1
        assert token in THERE_BEFORE or created.id not in {each.id for each in before}
        assert ours[0].certain is (table.lookups()[token].certain != "never")
        assert ours[0].importable is bool(_examples(token))
        assert not _examples(token) or _form(ours[0].imported_as) in {_form(each) for each in _examples(token)}
        state = Deployment((resource(token, inputs, id=created.id),), ())
        assert created.id not in {each.id for each in lookups.find(resource(token, inputs), cloud.account, state)}
    finally:
        cloud.provider.delete(_asked(token), created.id, inputs, created.outputs, timeout=0)
    if not ROWS["rows"][token].get("stays"):
        after = lookups.find(resource(token, inputs), cloud.account, NOTHING)
        assert created.id not in {each.id for each in after}


def _form(import_id: str) -> str:
    """An id without what its parts are called: ``rtb-1_10.0.0.0/16`` is ``x``, ``a:b`` is ``x:x``."""
    form = re.sub(r"^https?://[^/]+", "https://x", import_id.strip("'\""))
    form = re.sub(r"arn:[\w-]*:[\w-]+:[\w-]*:\w*:", "arn:", form)
    for slashed in ("/row/group", "row/repository", "/row/parameter", "/my_path/my_paramname"):
        form = form.replace(slashed, "x")
    return re.sub(r"[\w.*-]+", "x", re.sub(r"\d+\.\d+\.\d+\.\d+/\d+|[\w:]+::/\d+", "x", form))


@cache
def _examples(token: str) -> frozenset[str]:
    """What stands after ``pulumi import`` in the documentation of a type."""
    module, name = token.split(":")[1].partition("/")[0], token.rpartition(":")[2]
    source = Path(pulumi_aws.__file__).parent
    for file in source.glob(f"{module}*/*.py"):
        text = file.read_text(encoding="utf-8")
        if f'@pulumi.type_token("{token}")' in text and f"class {name}(pulumi.CustomResource" in text:
            return frozenset(re.findall(r"\$ pulumi import \S+ \S+ (.*)", text)) | SHORTER.get(token, frozenset())
    raise AssertionError(f"no source of {token}")
