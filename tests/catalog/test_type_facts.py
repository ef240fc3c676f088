"""What is known of AWS resource types: what replaces them, and what a change in place makes unknown."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from aistacks_catalog.aws.types.facts import ANY, Facts, facts
from aistacks_catalog.aws.types.sdk import shape
from aistacks_core.facts import load


def test_a_type_without_rules_may_be_replaced_by_any_change() -> None:
    about = facts("aws:nothing/atAll:AtAll")
    assert not about.known
    assert about.may_force_replacement("anything")
    assert not about.forces_replacement("anything")


def test_what_surely_replaces_is_not_told_as_perhaps() -> None:
    about = Facts(known=True, replaces=frozenset({"name"}), may_replace=frozenset({ANY}))
    assert not about.may_force_replacement("name")
    assert about.may_force_replacement("size")


def test_a_conditional_path_counts_below_and_around_it() -> None:
    about = Facts(known=True, may_replace=frozenset({"storage.clas"}))
    assert about.may_force_replacement("storage.class[0].x")
    assert about.may_force_replacement("storage")
    assert not about.may_force_replacement("storage.size")


def test_outputs_change_with_their_inputs() -> None:
    template = facts("aws:ec2/launchTemplate:LaunchTemplate")
    assert template.known
    assert "latestVersion" in template.changed_outputs(["imageId"])
    assert "defaultVersion" in template.changed_outputs(["updateDefaultVersion"])


def test_every_type_of_the_package_has_rules_or_is_listed() -> None:
    about = load("aistacks_catalog.aws.types", "rules.yaml")
    package = Path(str(files("pulumi_aws")))
    tokens = {
        token
        for file in package.rglob("*.py")
        for token in re.findall(r"super\(\w+, __self__\)\.__init__\(\s*'(aws:[^']+)'", file.read_text(encoding="utf-8"))
    }
    assert len(tokens) == about["types"]
    assert {token for token in tokens if not facts(token).known} == set(about["not_covered"])
    assert len(about["not_covered"]) < 50


def test_rules_name_what_the_package_has() -> None:
    folder = files("aistacks_catalog.aws.types").joinpath("rules")
    for file in folder.iterdir():
        for token, row in json.loads(file.read_text(encoding="utf-8")).items():
            known = shape(token)
            paths = [path for key in ("replaces", "may_replace", "sets", "computed") for path in row.get(key, ())]
            inputs = {path.split(".")[0] for path in paths} - {ANY} | set(row.get("defaults", ()))
            triggers = {name for names in row.get("changes", {}).values() for name in names} - {ANY}
            assert not (inputs | triggers) - known.inputs, token
            assert not set(row.get("changes", ())) - set(known.outputs) - known.inputs, token


@pytest.mark.parametrize(
    ("token", "path"),
    [
        ("aws:docdb/cluster:Cluster", "masterUsername"),
        ("aws:elasticache/cluster:Cluster", "subnetGroupName"),
        ("aws:cognito/userPool:UserPool", "usernameAttributes[0]"),
        ("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions"),
        ("aws:ec2/launchConfiguration:LaunchConfiguration", "imageId"),
        ("aws:bedrock/guardrailVersion:GuardrailVersion", "guardrailArn"),
        ("aws:batch/computeEnvironment:ComputeEnvironment", "type"),
        ("aws:s3/bucketLogging:BucketLogging", "bucket"),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "name"),
        ("aws:sns/topicSubscription:TopicSubscription", "topic"),
        ("aws:apigateway/resource:Resource", "restApi"),
        ("aws:chime/sdkvoiceSipRule:SdkvoiceSipRule", "targetApplications[0].priority"),
        ("aws:lightsail/instancePublicPorts:InstancePublicPorts", "portInfos[0].cidrs"),
    ],
)
def test_replacements_of_both_frameworks_and_by_pulumis_names(token: str, path: str) -> None:
    assert facts(token).forces_replacement(path)


@pytest.mark.parametrize(
    ("token", "path"),
    [
        ("aws:ec2/vpc:Vpc", "instanceTenancy"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "cidrIpv4"),
        ("aws:secretsmanager/secretVersion:SecretVersion", "secretString"),
        ("aws:glue/catalog:Catalog", "federatedCatalog"),
        ("aws:elasticache/cluster:Cluster", "engineVersion"),
        ("aws:cloudcontrol/resource:Resource", "desiredState"),
    ],
)
def test_replacements_on_a_condition(token: str, path: str) -> None:
    about = facts(token)
    assert about.may_force_replacement(path) and not about.forces_replacement(path)


def test_a_block_whose_number_counts_is_not_replaced_by_what_is_in_it() -> None:
    about = facts("aws:lambda/function:Function")
    assert about.forces_replacement("tenancyConfig")
    assert not about.forces_replacement("tenancyConfig.tenantIsolationMode")
    assert not about.forces_replacement("memorySize") and not about.may_force_replacement("memorySize")


@pytest.mark.parametrize(
    ("token", "inputs", "output"),
    [
        ("aws:lambda/function:Function", {"imageUri"}, "version"),
        ("aws:sfn/stateMachine:StateMachine", {"definition"}, "revisionId"),
        ("aws:ssm/document:Document", {"content"}, "latestVersion"),
        ("aws:mq/configuration:Configuration", {"data"}, "latestRevision"),
        ("aws:bedrock/agentAgent:AgentAgent", {"instruction"}, "preparedAt"),
    ],
)
def test_outputs_that_follow(token: str, inputs: set[str], output: str) -> None:
    assert output in facts(token).changed_outputs(inputs)


def test_a_description_of_a_launch_template_makes_no_new_version() -> None:
    about = facts("aws:ec2/launchTemplate:LaunchTemplate")
    assert "latestVersion" not in about.changed_outputs({"description"})


def test_a_functions_name_replaces_it_and_its_code_does_not() -> None:
    """``function_name`` and ``filename`` of Terraform's are ``name`` and ``code`` here."""
    about = facts("aws:lambda/function:Function")
    assert about.forces_replacement("name")
    assert not about.forces_replacement("code")
    assert "version" in about.changed_outputs({"code"})


def test_two_properties_whose_names_hold_one_another_keep_their_own_rules() -> None:
    website = facts("aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration")
    assert website.forces_replacement("bucket")
    assert not website.may_force_replacement("routingRules")
    assert not website.may_force_replacement("routingRuleDetails")


def test_an_element_of_a_set_may_be_another_element_whatever_changes_in_it() -> None:
    mapping = facts("aws:lambda/eventSourceMapping:EventSourceMapping")
    access = "amazonManagedKafkaEventSourceConfig.schemaRegistryConfig.accessConfigs"
    assert mapping.forces_replacement(f"{access}[0].uri")
    assert mapping.may_force_replacement(f"{access}[0]") or mapping.forces_replacement(f"{access}[0]")
