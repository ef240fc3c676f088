"""By the tag `aistacks:stack` what a stack left in an account is told from a neighbour's (docs/orphans.md)."""

import json

import pytest

from aistacks_catalog.aws.types.sdk import shape
from recorded import ENVIRONMENTS


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_everything_that_takes_tags_says_which_stack_it_is_of(plans, environment):
    taggable = [r for r in plans(environment).resources if r.type.startswith("aws:") and "tags" in shape(r.type).inputs]
    assert len(taggable) > 30
    missing = [r.urn for r in taggable if r.inputs.get("tags", {}).get("aistacks:stack") != f"aistacks/{environment}"]
    assert not missing


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_node_is_replaced_for_the_tag(plans, environment):
    """What a launch template or an EC2NodeClass says of tags is part of what Karpenter and EKS replace nodes for."""
    plan = plans(environment)
    templates = [r.inputs for r in plan.resources if r.type == "aws:ec2/launchTemplate:LaunchTemplate"]
    classes = [r.inputs for r in plan.resources if r.type.endswith(":EC2NodeClass")]
    assert templates
    assert classes
    specifications = [specification["tags"] for inputs in templates for specification in inputs["tagSpecifications"]]
    for tags in [*specifications, *(inputs["spec"]["tags"] for inputs in classes)]:
        assert "aistacks:component" in tags
        assert "aistacks:stack" not in tags


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_volumes_of_claims_say_it_too(plans, environment):
    drivers = [r.inputs for r in plans(environment).resources if r.inputs.get("addonName") == "aws-ebs-csi-driver"]
    assert [json.loads(d["configurationValues"])["controller"]["extraVolumeTags"] for d in drivers] == [
        {"aistacks:stack": f"aistacks/{environment}"}
    ]
