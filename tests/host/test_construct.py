"""Every component through the protocol that the engine speaks, as TypeScript, Go and YAML reach it."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from aistacks import host as component_host

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
OUTPUT = {"4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4"}
KUBERNETES = "urn:pulumi:test::host::pulumi:providers:kubernetes::there::there-id"
DIGEST = "a944108593cbf2604a404705efe47aa76251810db33dead3d1e49cd9d75ae3ed"

MINIMAL: dict[str, dict[str, Any]] = {
    "Backup": {"bucketArns": {"gold": "arn:aws:s3:::gold"}},
    "CiAccess": {"repository": "my-company/platform"},
    "DataLake": {},
    "EksCluster": {"subnetIds": ["subnet-a", "subnet-b"]},
    "GpuNodePool": {"clusterName": "ai", "nodeRoleName": "node", "instanceTypes": ["g6.xlarge"]},
    "InferenceService": {
        "namespace": "digits",
        "model": "digits",
        "modelDigest": DIGEST,
        "modelStoreBucket": "models",
    },
    "ModelStore": {},
    "Monitoring": {},
    "Network": {"availabilityZones": ["eu-west-1a", "eu-west-1b"]},
    "Warehouse": {"vpcId": "vpc-1", "subnetIds": ["subnet-a", "subnet-b", "subnet-c"]},
}
ON_KUBERNETES = {"providers": {"kubernetes": KUBERNETES}}


def test_there_is_a_case_for_every_component() -> None:
    assert sorted(MINIMAL) == sorted(component_host.COMPONENTS)


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("component", MINIMAL)
def test_a_component_is_constructed_from_its_required_arguments(construct: Any, component: str, preview: bool) -> None:
    made = construct(component, "it", MINIMAL[component], preview=preview, **ON_KUBERNETES)
    own = made.monitor.registered[0]
    assert (own.type, own.name, own.custom) == (f"aistacks:index:{component}", "it", False)
    assert made.response.urn.endswith(f"aistacks:index:{component}::it")
    assert len(made.monitor.registered) > 1
    assert set(dict(made.monitor.outputs["it"])) == set(made.state)


def output(value: Any, *, secret: bool = False) -> dict[str, Any]:
    """An Output on the wire; ``value`` None is one that a preview doesn't know."""
    known = {} if value is None else {"value": value}
    return {**OUTPUT, **known, "secret": secret, "dependencies": []}


def test_names_of_nested_arguments_and_keys_of_the_users_own_arrive_as_they_should(construct: Any) -> None:
    environments = {"prod": {"policyArns": {"power": "arn:aws:iam::aws:policy/PowerUserAccess"}, "branch": "main"}}
    made = construct("CiAccess", "ci", {"repository": "my-company/platform", "environments": environments})
    assert made.state["deployRoleArns"]["prod"].endswith("ci-deploy-prod")
    assert made.monitor.named("ci-deploy-prod-power")


def test_outputs_and_secrets_reach_the_children(construct: Any) -> None:
    given = {
        "vpcId": output("vpc-1"),
        "subnetIds": [output("subnet-a"), "subnet-b", output("subnet-c")],
        "clientSecurityGroups": {"jobs": output("sg-1")},
        "kmsKeyArn": {**SECRET, "value": "arn:aws:kms:eu-west-1:111122223333:key/a"},
    }
    made = construct("Warehouse", "dw", given)
    workgroup = made.monitor.named("dw", "Workgroup")
    assert list(workgroup.object["subnetIds"]) == ["subnet-a", "subnet-b", "subnet-c"]
    key = made.monitor.named("dw-namespace").object["kmsKeyId"]
    assert dict(key) == {**SECRET, "value": "arn:aws:kms:eu-west-1:111122223333:key/a"}


def test_a_list_that_is_an_output_as_a_whole_reaches_the_children(construct: Any) -> None:
    made = construct("EksCluster", "ai", {"subnetIds": output(["subnet-a", "subnet-b"])})
    assert list(made.monitor.named("ai", "eks/cluster:Cluster").object["vpcConfig"]["subnetIds"]) == [
        "subnet-a",
        "subnet-b",
    ]


def test_what_a_preview_does_not_know_stays_unknown(construct: Any) -> None:
    given = {**MINIMAL["Warehouse"], "vpcId": output(None)}
    made = construct("Warehouse", "dw", given, preview=True)
    group = made.monitor.named("dw-access")
    assert group.object["vpcId"] == "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def test_a_list_of_mappings_reaches_the_children(construct: Any) -> None:
    ladder = [{"reservation": {"ownerId": "111122223333", "maxGpus": 2}}, {"spot": {}}, {"onDemand": {}}]
    given = {**MINIMAL["GpuNodePool"], "capacity": ladder}
    made = construct("GpuNodePool", "it", given, **ON_KUBERNETES)
    spec = made.monitor.named("it-reservation", "NodePool").object["spec"]
    assert spec["limits"]["nvidia.com/gpu"] == "2"
    with pytest.raises(grpc.RpcError) as error:
        construct("GpuNodePool", "it", {**given, "capacity": [{"onDemnad": {}}]}, **ON_KUBERNETES)
    assert "GpuNodePool 'it': capacity[0]: got unknown key 'onDemnad'" in error.value.details()


def test_options_of_the_caller_hold(construct: Any) -> None:
    other = "urn:pulumi:test::host::aws:sqs/queue:Queue::other"
    made = construct(
        "GpuNodePool",
        "pool",
        MINIMAL["GpuNodePool"],
        protect=True,
        dependencies=[other],
        aliases=[{"spec": {"name": "old-pool"}}],
        **ON_KUBERNETES,
    )
    own = made.monitor.named("pool", "aistacks:index:GpuNodePool")
    assert own.protect
    assert list(own.dependencies) == [other]
    assert [alias.spec.name for alias in own.aliases] == ["old-pool"]
    children = [r for r in made.monitor.registered if r.custom]
    assert children
    assert {child.provider for child in children} == {KUBERNETES}


MISTAKES: dict[str, tuple[str, dict[str, Any], str]] = {
    "unknown key": (
        "DataLake",
        {"layrs": ["gold"]},
        "DataLake 'it': got unknown key 'layrs'; expected one of layers, ",
    ),
    "unknown key, its close one": ("DataLake", {"layrs": []}, ". Did you mean 'layers'?"),
    "key as Python spells it": ("DataLake", {"expire_days": {}}, "Did you mean 'expireDays'?"),
    "missing key": (
        "CiAccess",
        {},
        "CiAccess 'it': repository: got nothing; expected a string. 'repository' is required.",
    ),
    "missing key in a nested mapping": (
        "EksCluster",
        {"subnetIds": ["a"], "access": {"ops": {}}},
        "EksCluster 'it': access.ops.principalArn: got nothing; expected ",
    ),
    "unknown key in a nested mapping": (
        "EksCluster",
        {"subnetIds": ["a"], "access": {"ops": {"principalArn": "a", "polcy": "view"}}},
        "EksCluster 'it': access.ops: got unknown key 'polcy'",
    ),
    "type": ("DataLake", {"layers": 7}, "DataLake 'it': layers: got 7; expected a list, each item a string"),
    "type in a list": ("DataLake", {"layers": ["gold", 7]}, "DataLake 'it': layers[1]: got 7; expected a string"),
    "no integer": ("DataLake", {"expireDays": {"gold": 1.5}}, "DataLake 'it': expireDays.gold: got 1.5; expected "),
    "enum": (
        "Network",
        {**MINIMAL["Network"], "nat": "many"},
        "Network 'it': nat: got 'many'; expected one of none, single, ",
    ),
    "enum in a list": (
        "GpuNodePool",
        {**MINIMAL["GpuNodePool"], "capacityTypes": ["spott"]},
        "GpuNodePool 'it': capacityTypes[0]: got 'spott'; expected one of ",
    ),
    "output": ("DataLake", {"layers": [output("gold")]}, "DataLake 'it': layers[0]: got an Output; "),
    "output, what is wanted": ("DataLake", {"layers": [output("gold")]}, "expected a string, known before preview"),
    "secret": ("DataLake", {"layers": {**SECRET, "value": ["gold"]}}, "known before preview"),
    "value": ("DataLake", {"layers": []}, "DataLake 'it': layers: got []; expected "),
    "value, its arguments named": ("DataLake", {"expireDays": {"brass": 90}}, "DataLake 'it': expireDays: got 'brass'"),
    "mapping where a text belongs": (
        "ModelStore",
        {"bucketName": {"a": 1}},
        "ModelStore 'it': bucketName: got {'a': 1}",
    ),
}


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_in_the_callers_spelling(construct: Any, mistake: str, preview: bool) -> None:
    component, inputs, expected = MISTAKES[mistake]
    with pytest.raises(grpc.RpcError) as refused:
        construct(component, "it", inputs, preview=preview, **ON_KUBERNETES)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    line = refused.value.details()
    assert expected in line
    assert "\n" not in line


@pytest.mark.parametrize("name", ["Lake", "the_lake", "l" * 33])
def test_a_bad_name_is_one_line(construct: Any, name: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        construct("DataLake", name, {})
    assert refused.value.details().startswith(f"DataLake '{name}': its name: got ")


def test_a_component_that_is_none_is_one_line(construct: Any) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        construct("DataLoch", "it", {})
    assert refused.value.details() == (
        "aistacks:index:DataLoch: got no such component; expected one of " + ", ".join(component_host.COMPONENTS)
    )


def test_a_refused_component_does_not_stop_the_next(construct: Any) -> None:
    with pytest.raises(grpc.RpcError):
        construct("DataLake", "it", {"layers": 7})
    assert construct("DataLake", "it", {}).state["bucketNames"]


@pytest.mark.parametrize("component", ["GpuNodePool", "InferenceService", "Monitoring"])
def test_a_kubeconfig_takes_the_place_of_a_provider(construct: Any, component: str) -> None:
    made = construct(component, "it", {**MINIMAL[component], "kubeconfig": output("{}")})
    (provider,) = [r for r in made.monitor.registered if r.type == "pulumi:providers:kubernetes"]
    assert provider.object["kubeconfig"]
    children = [r for r in made.monitor.registered if r.type.startswith("kubernetes:")]
    assert children
    assert {child.provider.split("::")[-2] for child in children} == {provider.name}
