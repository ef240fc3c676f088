"""GPU pools' registrations, and whether Karpenter's own definitions take them.

That EC2 has a GPU to give, and that Karpenter starts it, only AWS shows. The rules (CEL) in the definitions are
judged by an API server, in the sandbox's tests.
"""

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from aistacks import EksCluster, GpuNodePool
from aistacks_core.errors import UserError

G = {"cluster_name": "main", "node_role_name": "nodes", "instance_types": ["g6.xlarge", "g5.xlarge"]}


@pytest.fixture
def pool(record):
    def run(opts=None, **args):
        return record(lambda: GpuNodePool("gpu", {**G, **args}, opts))

    return run


@pytest.fixture(scope="module")
def schemas():
    """Schemas of Karpenter's kinds; skips where its Go module can't be had."""
    crds = pytest.importorskip("aistacks_sandbox.programs.crds")
    facts = pytest.importorskip("aistacks_sandbox.programs.facts")
    (wanted,) = [d for d in facts.definitions() if d.name == "karpenter"]
    documents = crds.load(wanted)
    if documents.origin == crds.PERMISSIVE:
        pytest.skip("Karpenter's definitions can't be had on this machine (`aistacks doctor` says why)")
    return {
        body["spec"]["names"]["kind"]: version["schema"]["openAPIV3Schema"]
        for body in documents.bodies
        for version in body["spec"]["versions"]
        if version["storage"]
    }


def spec(plan, kind):
    (made,) = [r for r in plan.resources if r.inputs.get("kind") == kind]
    return made.inputs["spec"]


def closed(schema):
    """The schema without room for unknown fields, which the API server would silently drop."""
    if not isinstance(schema, dict):
        return schema
    done = {k: closed(v) if k in ("items", "additionalProperties") else v for k, v in schema.items()}
    if "properties" in schema:
        done["properties"] = {k: closed(v) for k, v in schema["properties"].items()}
        free = {"additionalProperties", "x-kubernetes-preserve-unknown-fields"} & schema.keys()
        return done if free else {**done, "additionalProperties": False}
    return done


def judge(schemas, plan, kinds=("EC2NodeClass", "NodePool")):
    jsonschema = pytest.importorskip("jsonschema")
    judged = 0
    for made in plan.resources:
        if made.inputs.get("kind") in kinds:
            schema = closed(schemas[made.inputs["kind"]]["properties"]["spec"])
            jsonschema.Draft7Validator(schema).validate(made.inputs["spec"])
            judged += 1
    return judged


def test_nodes_are_those_of_the_types_asked_for_by_every_way_of_buying(pool):
    assert spec(pool(), "NodePool")["template"]["spec"]["requirements"] == [
        {"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]},
        {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]},
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["reserved", "spot", "on-demand"]},
        {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["g6.xlarge", "g5.xlarge"]},
    ]


def test_zones_narrow_the_pool(pool):
    wanted = spec(pool(zones=["eu-central-1a"]), "NodePool")["template"]["spec"]["requirements"]
    assert {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["eu-central-1a"]} in wanted


def test_the_pool_never_exceeds_its_gpus(pool):
    assert spec(pool(max_gpus=4), "NodePool")["limits"] == {"nvidia.com/gpu": "4"}


def test_only_gpu_workloads_are_accepted(pool):
    assert spec(pool(), "NodePool")["template"]["spec"]["taints"] == [
        {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
    ]


def test_nodes_say_which_pool_they_are_of_and_what_for(pool):
    assert spec(pool(labels={"team": "vision"}), "NodePool")["template"]["metadata"]["labels"] == {
        "team": "vision",
        "aistacks.io/pool": "gpu",
        "aistacks.io/nodes": "inference",
        "nvidia.com/gpu.present": "true",
    }


def test_an_inference_pool_replaces_a_tenth_of_its_nodes_at_a_time(pool):
    assert spec(pool(), "NodePool")["disruption"] == {
        "consolidationPolicy": "WhenEmptyOrUnderutilized",
        "consolidateAfter": "15m",
        "budgets": [{"nodes": "10%"}],
    }


def test_of_a_training_pool_only_empty_nodes_go_drifted_ones_too(pool):
    assert spec(pool(purpose="training"), "NodePool")["disruption"] == {
        "consolidationPolicy": "WhenEmpty",
        "consolidateAfter": "15m",
        "budgets": [
            {"nodes": "0", "reasons": ["Drifted", "Underutilized"]},
            {"nodes": "100%", "reasons": ["Empty"]},
        ],
    }


def test_a_training_node_neither_expires_nor_ends_jobs_nor_is_bought_on_spot(pool):
    template = spec(pool(purpose="training"), "NodePool")["template"]["spec"]
    assert template["expireAfter"] == "Never"
    assert "terminationGracePeriod" not in template
    (bought,) = [r for r in template["requirements"] if r["key"] == "karpenter.sh/capacity-type"]
    assert bought["values"] == ["reserved", "on-demand"]


def test_who_wants_it_has_training_nodes_on_spot_that_expire(pool):
    asked = {"capacity_types": ["spot"], "expire_after_hours": 48, "termination_grace_hours": 2}
    template = spec(pool(purpose="training", **asked), "NodePool")["template"]["spec"]
    assert (template["expireAfter"], template["terminationGracePeriod"]) == ("48h", "2h")
    assert {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]} in template["requirements"]


def test_nodes_grow_a_month_old_at_most_and_get_a_day_to_go(pool):
    template = spec(pool(), "NodePool")["template"]["spec"]
    assert (template["expireAfter"], template["terminationGracePeriod"]) == ("720h", "24h")
    template = spec(pool(expire_after_hours=48, termination_grace_hours=1), "NodePool")["template"]["spec"]
    assert (template["expireAfter"], template["terminationGracePeriod"]) == ("48h", "1h")


@pytest.mark.parametrize(
    ("args", "hours"),
    [({}, "25h"), ({"termination_grace_hours": 3}, "4h"), ({"purpose": "training"}, "168h")],
)
def test_a_pool_that_goes_is_waited_for_as_long_as_its_nodes_may_take(pool, args, hours):
    plan = pool(**args)
    for made in (plan["gpu-class"], plan.one("kubernetes:karpenter.sh/v1:NodePool", "gpu")):
        assert made.custom_timeouts == {"delete": hours}


def test_nodes_hide_their_credentials_from_pods_and_have_no_public_address(pool):
    shape = spec(pool(), "EC2NodeClass")
    assert shape["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpProtocolIPv6": "disabled",
        "httpPutResponseHopLimit": 1,
        "httpTokens": "required",
    }
    assert shape["associatePublicIPAddress"] is False


def test_nodes_run_a_pinned_bottlerocket_on_encrypted_disks(pool):
    shape = spec(pool(data_volume_gib=300), "EC2NodeClass")
    (image,) = shape["amiSelectorTerms"]
    family, version = image["alias"].split("@")
    assert family == "bottlerocket"
    assert version.startswith("v")
    assert version != "latest"
    assert [(d["deviceName"], d["ebs"]["volumeSize"]) for d in shape["blockDeviceMappings"]] == [
        ("/dev/xvda", "4Gi"),
        ("/dev/xvdb", "300Gi"),
    ]
    assert all(d["ebs"]["encrypted"] and d["ebs"]["volumeType"] == "gp3" for d in shape["blockDeviceMappings"])
    assert shape["instanceStorePolicy"] == "RAID0"


def test_subnets_groups_and_reservations_are_the_cluster_s(pool):
    shape = spec(pool(), "EC2NodeClass")
    ours = [{"tags": {"karpenter.sh/discovery": "main"}}]
    assert shape["subnetSelectorTerms"] == ours
    assert shape["securityGroupSelectorTerms"] == ours
    assert shape["capacityReservationSelectorTerms"] == ours
    assert shape["role"] == "nodes"


def test_a_pool_that_buys_no_reserved_capacity_looks_for_none(pool):
    assert "capacityReservationSelectorTerms" not in spec(pool(capacity_types=["spot"]), "EC2NodeClass")


def test_instances_carry_the_tags_that_costs_are_counted_by(pool):
    assert spec(pool(tags={"Project": "p"}), "EC2NodeClass")["tags"] == {
        "Project": "p",
        "Name": "gpu",
        "aistacks:component": "GpuNodePool/gpu",
    }


def test_the_pool_goes_before_the_class_that_karpenter_needs_to_end_its_nodes(pool):
    plan = pool()
    assert plan["gpu-class"].urn in plan.one("kubernetes:karpenter.sh/v1:NodePool", "gpu").dependencies


def test_both_objects_go_to_the_cluster_given_by_the_provider(record):
    def program():
        there = kubernetes.Provider("there", kubeconfig="{}")
        GpuNodePool("gpu", G, pulumi.ResourceOptions(provider=there))

    plan = record(program)
    there = plan.one("pulumi:providers:kubernetes", "there").urn
    for made in (plan["gpu-class"], plan.one("kubernetes:karpenter.sh/v1:NodePool", "gpu")):
        assert made.provider.startswith(there)


def test_the_name_is_registered(pool):
    assert pool().one("aistacks:index:GpuNodePool", "gpu").outputs == {"name": "gpu"}


def test_a_transform_changes_one_child(pool, review_record):
    def weighted(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != "kubernetes:karpenter.sh/v1:NodePool":
            return None
        return pulumi.ResourceTransformResult({**args.props, "spec": {**args.props["spec"], "weight": 10}}, args.opts)

    assert spec(pool(pulumi.ResourceOptions(transforms=[weighted])), "NodePool")["weight"] == 10


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"purpose": "training", "instance_types": ["p5.48xlarge"], "zones": ["eu-central-1a"]},
        {"capacity_types": ["spot"], "labels": {"team": "vision"}, "tags": {"Project": "p"}},
        {"instance_types": ["p6-b300.48xlarge"], "efa": True, "placement_group_name": "close"},
    ],
)
def test_karpenter_s_definitions_take_the_pool(schemas, pool, args):
    assert judge(schemas, pool(**args)) == 2


def test_karpenter_s_definitions_take_a_ladder_and_a_static_pool(schemas, pool):
    ladder = [
        {"reservation": {"ids": ["cr-0a"], "max_gpus": 2}},
        {"capacity_block": {"owner_id": "111122223333", "max_gpus": 2}},
        {"reservation": {"tags": {"team": "ml"}, "owner_id": "111122223333"}},
        {"spot": {}},
        {"on_demand": {}},
    ]
    assert judge(schemas, pool(capacity=ladder, weight=98)) == 6
    assert judge(schemas, pool(replicas=2)) == 2


def test_karpenter_s_definitions_take_the_cluster_s_general_pool(schemas, record):
    plan = record(lambda: EksCluster("ai", {"subnet_ids": ["subnet-1", "subnet-2"]}))
    for made in plan.resources:
        if made.inputs.get("kind") == "EC2NodeClass":
            made.inputs["spec"]["role"] = "known only later"
    assert judge(schemas, plan) == 2


def test_the_judge_finds_a_field_that_karpenter_has_not(schemas, pool):
    plan = pool()
    spec(plan, "NodePool")["disruption"]["consolidateAfterwards"] = "1m"
    with pytest.raises(pytest.importorskip("jsonschema").ValidationError, match="consolidateAfterwards"):
        judge(schemas, plan)


@pytest.fixture
def warned(monkeypatch):
    """What was warned of."""
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    return said


def test_a_type_that_is_not_known_is_taken_with_a_warning(pool, warned):
    made = spec(pool(instance_types=["g99.xlarge"], zones=["eu-central-1a"]), "NodePool")["template"]["spec"]
    wanted = {r["key"]: r["values"] for r in made["requirements"]}
    assert wanted["node.kubernetes.io/instance-type"] == ["g99.xlarge"]
    assert "kubernetes.io/arch" not in wanted
    (text,) = warned
    assert "GpuNodePool 'gpu': instance_types[0]: 'g99.xlarge' isn't known here" in text


def test_a_misspelt_type_is_told_what_it_resembles(pool, warned):
    pool(instance_types=["g6.xlage", "g6.xlarge"], zones=["eu-central-1a"])
    assert "Did you mean g6.xlarge" in warned[0]


@pytest.mark.parametrize("zone", ["eu-central-1z", "mars-north-1a", "us-west-2-lax-1a"])
def test_a_zone_that_is_not_known_is_taken_with_a_warning(pool, warned, zone):
    made = spec(pool(zones=[zone], instance_types=["g4dn.xlarge"]), "NodePool")["template"]["spec"]["requirements"]
    assert {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone]} in made
    assert f"zones[0]: '{zone}' isn't a zone that is known here" in warned[0]


def test_a_type_that_the_region_has_not_is_warned_of(record, warned):
    record(lambda: GpuNodePool("gpu", G), config={"aws:region": "eu-west-1"})
    assert warned == [
        "GpuNodePool 'gpu': instance_types[0]: 'g6.xlarge' isn't offered in eu-west-1, as far as is known here."
    ]


def test_the_pools_zones_say_its_region_before_the_stack_does(record, warned):
    record(lambda: GpuNodePool("gpu", {**G, "zones": ["eu-central-1a"]}), config={"aws:region": "eu-west-1"})
    assert warned == []


def test_a_region_whose_types_are_not_known_is_said_once(record, warned):
    record(lambda: GpuNodePool("gpu", G), config={"aws:region": "eu-north-9"})
    (text,) = warned
    assert "what EC2 offers in eu-north-9 isn't known here" in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"instance_types": []}, "instance_types: got []; expected one type at least"),
        ({"instance_types": ["m7i.large"]}, "instance_types[0]: got 'm7i.large'; expected a type with NVIDIA GPUs"),
        ({"instance_types": ["inf2.xlarge"]}, "instance_types[0]: got 'inf2.xlarge'; expected a type with NVIDIA"),
        ({"instance_types": ["big one"]}, "instance_types[0]: got 'big one'; expected an EC2 instance type such as"),
        ({"instance_types": ["g6f.xlarge"]}, "instance_types[0]: got 'g6f.xlarge'; expected a type with NVIDIA GPUs"),
        ({"instance_types": ["g99.xlarge"], "max_gpus": 0}, "max_gpus: got 0; expected at least 1"),
        ({"instance_types": ["g6.xlarge", "g6.xlarge"]}, "instance_types[1]: got 'g6.xlarge'; expected each type once"),
        ({"capacity_types": []}, "capacity_types: got []; expected at least one"),
        ({"capacity_types": ["cheap"]}, "capacity_types[0]: got 'cheap'; expected one of reserved, spot, on-demand"),
        ({"max_gpus": 0}, "max_gpus: got 0; expected at least 1, the GPUs of one g"),
        (
            {"instance_types": ["p5.48xlarge"], "max_gpus": 4},
            "max_gpus: got 4; expected at least 8, the GPUs of one p5.48xlarge",
        ),
        ({"purpose": "fun"}, "purpose: got 'fun'; expected one of inference, training"),
        ({"zones": []}, "zones: got []; expected one zone at least"),
        ({"zones": ["frankfurt"]}, "zones[0]: got 'frankfurt'; expected a zone such as"),
        ({"zones": ["eu-central-1a", "eu-central-1a"]}, "zones[1]: got 'eu-central-1a'; expected each zone once"),
        ({"capacity_types": ["spot", "spot"]}, "capacity_types[1]: got 'spot'; expected each once"),
        ({"tags": {"karpenter.k8s.aws/ec2nodeclass": "x"}}, "tags.karpenter.k8s.aws/ec2nodeclass: got"),
        ({"data_volume_gib": 60_000}, "data_volume_gib: got 60000; expected 59000 at most"),
        ({"data_volume_gib": 1}, "data_volume_gib: got 1; expected 20 or more"),
        ({"expire_after_hours": 0}, "expire_after_hours: got 0; expected 1 or more"),
        ({"tags": {"karpenter.sh/nodepool": "x"}}, "tags.karpenter.sh/nodepool: got 'karpenter.sh/nodepool'"),
        ({"labels": {"karpenter.sh/x": "y"}}, "labels.karpenter.sh/x: got 'karpenter.sh/x'; expected a label"),
        ({"tags": {f"t{i}": "x" for i in range(44)}}, "tags.t43: got 't43'; expected 43 tags at most"),
        ({"max_gpu": 4}, "got unknown key 'max_gpu'"),
    ],
)
def test_what_makes_no_sense_is_refused(pool, args, message):
    with pytest.raises(UserError) as error:
        pool(**args)
    assert message in str(error.value)
    assert "GpuNodePool 'gpu'" in str(error.value)


def test_a_given_instance_profile_takes_the_roles_place(pool, schemas):
    plan = pool(node_instance_profile_name="nodes-1")
    made = spec(plan, "EC2NodeClass")
    assert (made["instanceProfile"], "role" in made) == ("nodes-1", False)
    judge(schemas, plan)


def test_what_cannot_be_checked_is_said_when_the_pool_is_made_not_when_it_is_validated(warned):
    GpuNodePool.validate("gpu", {**G, "instance_types": ["g99.xlarge"]})
    assert warned == []


def test_the_clusters_own_pool_has_its_name_to_itself(record):
    with pytest.raises(UserError, match="GpuNodePool 'general': its name: got 'general'; expected another name"):
        record(lambda: GpuNodePool("general", G))
