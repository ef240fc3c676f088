"""Environments of Pulumi ESC: what stands in the settings is read, the rest is named."""

import pytest

from aistacks_core.errors import UserError
from aistacks_core.project import read_project
from aistacks_review.record.planning import Limits, plan_environments

PROGRAM = """
import pulumi, pulumi_aws as aws
config = pulumi.Config()
aws.s3.Bucket("data", tags={"size": config.require("size"), "own": config.get("own") or "none",
    "key": config.require_secret("key")})
"""


def planned(folder, settings):
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(settings)
    (folder / "__main__.py").write_text(PROGRAM)
    found, _, _ = plan_environments(read_project(folder), ["dev"], "", Limits(60, 4 << 30))
    (one,) = found
    if one.head.plan is None:
        raise UserError.line(one.head.error)
    return one.head.plan


def test_imports_are_named_and_symbols_stand_for_what_they_may_give(tmp_path):
    plan = planned(tmp_path, "environment:\n  - acme/base\n  - acme/dev: {merge: false}\nconfig: {shop:own: here}\n")
    tags = plan["data"].inputs["tags"]
    assert tags["size"].startswith("size-zz")
    assert tags["own"] == "here"
    assert "tags.key" in plan["data"].secrets
    told = {(o.kind, o.what, o.file.rpartition("/")[2]) for o in plan.opaque}
    assert ("ESC environment", "acme/base", "Pulumi.dev.yaml") in told
    assert ("ESC environment", "acme/dev", "Pulumi.dev.yaml") in told
    assert ("config of an ESC environment", "shop:size", "") in told


def test_what_stands_in_the_file_is_read(tmp_path):
    settings = (
        "environment:\n  imports: [acme/base]\n  values:\n    pulumiConfig:\n"
        "      shop:size: small\n      shop:own: '${other}'\n      shop:key: {fn::secret: x}\n"
    )
    plan = planned(tmp_path, settings)
    assert plan["data"].inputs["tags"]["size"] == "small"
    assert plan["data"].inputs["tags"]["own"] == "none"


def test_without_environments_a_missing_key_is_the_programs_mistake(tmp_path):
    with pytest.raises(UserError, match="Missing required configuration variable"):
        planned(tmp_path, "config: {}\n")
