"""What an environment can't have because its network doesn't lead there, and what it has where nothing leads out."""

import copy

import pytest

from aistacks_core.errors import UserError
from aistacks_settings import parse
from recorded import record_environment, settings

MIRROR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/upstream"


def dev(**sections):
    """Dev's table, with keys of its sections replaced; ``...`` takes one away."""
    table = copy.deepcopy(settings("dev")["config"]["aistacks:environment"])
    for section, changes in sections.items():
        spot = table["services"]["digits"] if section == "service" else table[section]
        for key, value in changes.items():
            spot[key] = value
            if value is ...:
                del spot[key]
    return table


def without_nat(**sections):
    """As ``dev``, without NAT and with a mirror for every image."""
    given = {"network": {"nat": "none", "interface_endpoints": ...}}
    given |= {section: {"image_registry": MIRROR} for section in ("cluster", "monitoring", "service")}
    return dev(**{key: given.get(key, {}) | sections.get(key, {}) for key in {*given, *sections}})


@pytest.mark.parametrize(
    ("table", "line"),
    [
        (dev(network={"interface_endpoints": []}), "F.network.interface_endpoints: got []; expected glue among them."),
        (dev(network={"interface_endpoints": ...}), "F.network.interface_endpoints: got []; expected glue among them."),
        (without_nat(cluster={"image_registry": ...}), "F.cluster.image_registry: got nothing; expected a registry"),
        (without_nat(monitoring={"image_registry": ""}), "F.monitoring.image_registry: got nothing; expected a"),
        (without_nat(service={"image_registry": ...}), "F.services.digits.image_registry: got nothing; expected a"),
        (without_nat(monitoring={"alert_slack_secret": "slack"}), "F.monitoring.alert_slack_secret: got 'slack'; expe"),
        (without_nat(network={"interface_endpoints": ["ec2", "glue"]}), "network.interface_endpoints: got ['ec2', 'gl"),
    ],
)
def test_what_would_wait_in_vain_is_refused_in_one_line(table, line):
    with pytest.raises(UserError) as refused:
        parse(table, "eu-west-1", "F")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_without_nat_alerts_reach_a_topic_by_its_endpoint():
    topic = {"alert_topic_arn": "arn:aws:sns:eu-west-1:111122223333:alerts"}
    parse(without_nat(monitoring=topic), "eu-west-1", "F")
    reached = [
        "ec2",
        "ecr.api",
        "ecr.dkr",
        "eks",
        "eks-auth",
        "elasticloadbalancing",
        "logs",
        "sqs",
        "ssm",
        "sts",
        "glue",
    ]
    with pytest.raises(UserError, match="expected sns among them"):
        parse(without_nat(monitoring=topic, network={"interface_endpoints": reached}), "eu-west-1", "F")


def images(value):
    """Every image and registry that a Kubernetes object or a chart's values name."""
    if isinstance(value, dict):
        for key, below in value.items():
            if key in ("image", "registry", "repository") and isinstance(below, str):
                yield below
            else:
                yield from images(below)
    elif isinstance(value, list):
        for below in value:
            yield from images(below)


def test_without_nat_every_image_comes_from_the_mirror_and_every_node_has_its_profile():
    plan = record_environment("dev", without_nat())
    found = [
        image
        for resource in plan.resources
        if resource.type in ("kubernetes:apps/v1:Deployment", "kubernetes:helm.sh/v3:Release")
        for image in images({k: v for k, v in resource.inputs.items() if k in ("spec", "values")})
    ]
    assert len(found) == 14
    assert [image for image in found if not image.startswith(f"{MIRROR}/")] == []
    classes = [r for r in plan.resources if r.inputs.get("kind") == "EC2NodeClass"]
    (profile,) = plan.of("aws:iam/instanceProfile:InstanceProfile")
    assert len(classes) == 2
    for each in classes:
        assert "role" not in each.inputs["spec"]
        assert profile.urn in each.property_dependencies["spec"]
    assert plan.of("aws:ec2/natGateway:NatGateway") == []
