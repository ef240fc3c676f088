"""A wrong environment file is refused in one line, before any resource exists."""

import copy
import datetime as dt

import pytest

from aistacks_core.errors import UserError
from aistacks_settings import parse
from recorded import record_environment, settings


def sandbox(**changes):
    """The sandbox's table with dotted paths replaced; ``...`` takes a key away."""
    table = copy.deepcopy(settings("sandbox")["config"]["aistacks:environment"])
    for path, value in changes.items():
        *above, last = path.split("__")
        spot = table
        for key in above:
            spot = spot[key]
        if value is ...:
            del spot[last]
        else:
            spot[last] = value
    return table


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"netwrok": {}}, "F: got unknown key 'netwrok'; expected one of tags,"),
        ({"netwrok": {}}, "Did you mean 'network'?"),
        ({"network__cidrs": "x"}, "F.network: got unknown key 'cidrs'; expected one of availability_zones, cidr"),
        ({"network__cidr": "10.40.0.0/33"}, "F.network.cidr: got '10.40.0.0/33'; expected a private IPv4 range"),
        ({"network__cidr": "10.40.0.1/16"}, "has host bits set"),
        ({"network__cidr": "172.20.0.0/16"}, "F.network.cidr: got '172.20.0.0/16'; expected a range apart from"),
        ({"cluster__service_cidr": "10.40.0.0/16"}, "F.network.cidr: got '10.40.0.0/16'; expected a range apart from"),
        ({"network__reserved_cidrs": ["10.40.8.0/24"]}, "a range apart from 10.40.8.0/24 (reserved_cidrs[0])"),
        ({"network__availability_zones": ["eu-west-1a", "us-east-1a"]}, "F.network.availability_zones[1]: got 'us-"),
        ({"network__availability_zones": ["eu-west-1a"]}, "F.network.availability_zones: got ['eu-west-1a']; expected"),
        ({"iam_path": "teams"}, "F.iam_path: got 'teams'; expected '/', or such as '/teams/ml/'"),
        ({"permissions_boundary_arn": "boundary"}, "F.permissions_boundary_arn: got 'boundary'; expected a policy's"),
        ({"network__iam_path": "teams"}, "F.network.iam_path: got"),
        ({"network__nat": "two"}, "F.network.nat: got 'two'; expected one of none, single, per_zone"),
        ({"network__availability_zones": ...}, "F.network.availability_zones: got nothing; expected a list"),
        ({"network__cluster_name": "mine"}, "F.network: got unknown key 'cluster_name'"),
        ({"pools__inference__instance_types": []}, "F.pools.inference.instance_types: got []"),
        ({"pools__inference__max_gpus": 0}, "F.pools.inference.max_gpus: got 0; expected"),
        ({"pools__inference__max_gpus": "many"}, "F.pools.inference.max_gpus: got 'many'; expected"),
        ({"pools__inference__max_gpus": 2.5}, "F.pools.inference.max_gpus: got 2.5; expected"),
        ({"pools__inference__capacity_types": ["cheap"]}, "F.pools.inference.capacity_types[0]: got 'cheap'"),
        ({"services__digits__digest": "latest"}, "F.services.digits.digest: got 'latest'; expected"),
        ({"services__digits__model_digest": "0" * 64}, "F.services.digits: got unknown key 'model_digest'"),
        (
            {"services__digits__pool": "gone"},
            "F.services.digits.pool: got 'gone'; expected one of the pools: inference",
        ),
        ({"services__Digits": {}}, "F.services.Digits"),
        ({"tags": {"Owner": "me"}}, "F.tags: got no Environment, Project, CostCenter; expected the tags Environment"),
        ({"tags__Owner": "the platform team"}, "F.tags.Owner: got 'the platform team'; expected a Kubernetes label"),
        ({"warehouse__mode": "cheap"}, "F.warehouse.mode: got 'cheap'; expected one of serverless, provisioned"),
        ({"warehouse__base_rpus": 9}, "F.warehouse.base_rpus: got 9; expected"),
        ({"network__flow_log_retention_days": 2}, "F.network.flow_log_retention_days: got 2; expected one of 1, 3"),
        ({"network__interface_endpoints": ["s3"]}, "F.network.interface_endpoints[0]: got 's3'; expected"),
        ({"cluster__log_retention_days": 2}, "F.cluster.log_retention_days: got 2; expected one of 1, 3"),
        ({"cluster__access": {"x": {"policy": "view"}}}, "F.cluster.access.x.principal_arn: got nothing; expected"),
        ({"cluster__access": {"x": {"principal_arn": "a", "policy": "root"}}}, "F.cluster.access.x.policy: got 'root'"),
        (
            {"monitoring": None},
            "F.monitoring: got nothing; expected a mapping. {} takes every default. Leave the section",
        ),
        ({"lake": None}, "F.lake: got nothing; expected a mapping. {} takes every default."),
        ({"lake": ...}, "F.lake: got nothing; expected a mapping"),
        ({"deletion_protection": "yes"}, "F.deletion_protection: got 'yes'; expected true or false"),
        ({"ci": {"repository": "a/b", "forge": "gitlab"}}, "F.ci: got unknown key 'forge'"),
        ({"ci": {"repository": "a/b", "forge": "gitlab"}}, "It is called 'provider' now."),
        ({"ci": {"repository": "ab"}}, "F.ci.repository: got 'ab'; expected owner/name"),
        ({"region": "eu-west-1"}, "F.region: got 'eu-west-1'; expected the region as aws:region only"),
    ],
)
def test_refused(changes, line):
    with pytest.raises(UserError) as refused:
        parse(sandbox(**changes), "eu-west-1", "F")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_mistyped_key_is_told_before_the_key_it_leaves_missing():
    table = sandbox(network__availability_zone=["eu-west-1a"], network__availability_zones=...)
    with pytest.raises(UserError, match=r"Did you mean 'availability_zones'\?"):
        parse(table, "eu-west-1", "F")


@pytest.mark.parametrize("name", ["monitoring", "monitoring-nodes"])
def test_a_service_called_like_a_namespace_of_monitoring_is_refused(name):
    table = sandbox()
    table["services"] = {name: table["services"]["digits"]}
    with pytest.raises(UserError, match=f"F.services.{name}: got '{name}'; expected another name"):
        parse(table, "eu-west-1", "F")
    del table["monitoring"]
    assert name in parse(table, "eu-west-1", "F").services


@pytest.mark.parametrize("region", ["mars-1", "", "EU-WEST-1", "eu-west-1a"])
def test_what_is_no_region_is_refused(region):
    with pytest.raises(UserError, match="F: aws:region: got"):
        parse(sandbox(), region, "F: x")


@pytest.mark.parametrize("table", [None, [], "text", 7, {}])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(UserError, match=r"^F"):
        parse(table, "eu-west-1", "F")


@pytest.mark.parametrize("section", ["warehouse", "monitoring"])
def test_an_optional_section_left_out_makes_nothing(section):
    assert getattr(parse(sandbox(**{section: ...}), "eu-west-1", "F"), section) is None


def test_every_required_section_takes_its_defaults_from_nothing():
    zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    table = {
        "tags": sandbox()["tags"],
        "network": {"availability_zones": zones},
        "lake": {},
        "cluster": {},
        "models": {},
    }
    environment = parse(table, "eu-west-1", "F")
    assert environment.deletion_protection is True
    assert environment.pools == environment.services == {}
    assert environment.network["cidr"] == "10.0.0.0/16"


def test_what_the_file_leaves_out_is_left_to_the_component():
    environment = parse(sandbox(), "eu-west-1", "F")
    assert environment.lake.stated == {
        "layers": ["bronze", "silver", "gold"],
        "noncurrent_version_retention_days": 1,
        "access_log_retention_days": 1,
    }


def test_a_section_s_own_tags_stand_before_the_environment_s():
    environment = parse(sandbox(lake__tags={"Owner": "data"}), "eu-west-1", "F")
    tags = environment.lake.args(**environment.common)["tags"]
    assert (tags["Owner"], tags["Project"]) == ("data", "aistacks")


@pytest.mark.parametrize("name", ["sandbox", "dev", "staging", "prod"])
def test_a_boundary_and_a_path_reach_everything_of_iam(name):
    table = copy.deepcopy(settings(name)["config"]["aistacks:environment"])
    bound = {"permissions_boundary_arn": "arn:aws:iam::111122223333:policy/boundary", "iam_path": "/teams/ml/"}
    plan = record_environment(name, {**table, **bound})
    roles = plan.of("aws:iam/role:Role")
    assert len(roles) > 5
    assert {(r.inputs["permissionsBoundary"], r.inputs["path"]) for r in roles} == {tuple(bound.values())}
    assert {each.inputs["path"] for each in plan.of("aws:iam/policy:Policy")} == {"/teams/ml/"}


def test_a_section_s_own_path_stands_before_the_environment_s():
    environment = parse(sandbox(iam_path="/teams/", lake__iam_path="/data/"), "eu-west-1", "F")
    assert environment.lake.args(**environment.iam)["iam_path"] == "/data/"
    assert environment.cluster.args(**environment.iam)["iam_path"] == "/teams/"


def test_an_impossible_value_of_a_component_stops_the_program_before_any_resource():
    with pytest.raises(UserError, match=r"Pulumi.sandbox.yaml: aistacks:environment.warehouse.base_rpus: got 9"):
        record_environment("sandbox", sandbox(warehouse__base_rpus=9))


def test_settings_are_frozen():
    environment = parse(sandbox(), "eu-west-1", "F")
    with pytest.raises(AttributeError, match="cannot assign"):
        environment.network.stated = {}


TODAY = dt.datetime.now(dt.UTC).date()
YESTERDAY = str(TODAY - dt.timedelta(days=1))


@pytest.fixture(autouse=True)
def one_day(monkeypatch):
    """Midnight may pass meanwhile."""
    monkeypatch.setattr("aistacks._deletions.today", lambda: TODAY)


def test_what_may_be_deleted_today_stands_in_one_place_and_reaches_its_component():
    day = str(TODAY)
    table = sandbox(deletion_allowed={"Bucket::lake-gold": day, "cluster-logs": day, "lake": day})
    found = parse(table, "eu-west-1", "F")
    assert found.lake.args(**found.common)["deletion_allowed"] == {"Bucket::lake-gold": day, "lake": day}
    assert found.cluster.args(**found.common)["deletion_allowed"] == {"cluster-logs": day}
    assert "deletion_allowed" not in found.network.args(**found.common)


def test_a_section_s_own_entry_stands_beside_the_file_s():
    day = str(TODAY)
    table = sandbox(deletion_allowed={"lake": day}, lake__deletion_allowed={"lake-key": day})
    assert parse(table, "eu-west-1", "F").lake["deletion_allowed"] == {"lake": day, "lake-key": day}


@pytest.mark.parametrize(
    ("allowed", "line"),
    [
        ({"Bucket::lake-gold": YESTERDAY}, f"F.deletion_allowed.Bucket::lake-gold: got {YESTERDAY}; expected today's"),
        ({"lake": str(TODAY + dt.timedelta(days=1))}, "expected today's date in UTC"),
        ({"lake": "soon"}, "F.deletion_allowed.lake: got 'soon'; expected today's date in UTC"),
        ({"lakes": str(TODAY)}, "F.deletion_allowed.lakes: got 'lakes'; expected a resource of network, lake,"),
        ({"inference": str(TODAY)}, "F.deletion_allowed.inference: got 'inference'; expected a resource of network"),
        (["lake"], "F.deletion_allowed: got ['lake']; expected a mapping"),
    ],
)
def test_an_entry_of_another_day_or_of_nothing_is_refused(allowed, line):
    with pytest.raises(UserError) as refused:
        parse(sandbox(deletion_allowed=allowed), "eu-west-1", "F")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


BACKUP = {"second_region": "eu-central-1", "every_hours": 12}


def test_every_store_of_the_environment_is_backed_up():
    plan = record_environment("prod")
    chosen = {
        r.name: r.property_dependencies["resources"]
        for r in plan.resources
        if r.type == "aws:backup/selection:Selection"
    }
    held = {r.urn for r in plan.of("aws:s3/bucket:Bucket") if not r.name.endswith("access-logs")}
    assert set(chosen["backup-buckets"]) == held
    assert set(chosen["backup-redshift"]) == {plan.one("aws:redshift/cluster:Cluster", "warehouse").urn}


@pytest.mark.parametrize(
    ("backup", "line"),
    [
        ({**BACKUP, "rpo_hours": 12}, "F.backup.rpo_hours: got 12; expected at least 19, for every_hours 12"),
        ({**BACKUP, "rpo_hours": 12}, "lose that much of warehouse"),
        ({**BACKUP, "rpo_hours": 12, "continuous": False}, "lake-gold, lake-query-results, models, warehouse"),
        ({**BACKUP, "region_rpo_hours": 24}, "F.backup.region_rpo_hours: got 24; expected no such objective"),
        ({"bucket_arns": {}}, "F.backup: got unknown key 'bucket_arns'"),
    ],
)
def test_an_objective_that_the_file_can_not_meet_is_refused(backup, line):
    with pytest.raises(UserError) as refused:
        parse(sandbox(backup=backup), "eu-west-1", "F")
    assert line in str(refused.value)


LADDER = [{"reservation": {}}, {"spot": {}}, {"on_demand": {}}]


def pool_with(**args):
    table = sandbox()
    del table["pools"]["inference"]["capacity_types"]
    table["pools"]["inference"].update(args)
    return table


def test_a_service_selects_a_pool_of_several_node_pools_by_its_label():
    table = pool_with(capacity=[{"reservation": {"max_gpus": 1}}, *LADDER[1:]])
    table["services"]["digits"]["pool"] = "inference"
    plan = record_environment("sandbox", table)
    (service,) = [r for r in plan.of("kubernetes:apps/v1:Deployment") if r.name == "digits"]
    chosen = service.inputs["spec"]["template"]["spec"]["nodeSelector"]
    assert chosen["aistacks.io/pool"] == "inference"
    assert "karpenter.sh/nodepool" not in chosen
    pools = [r for r in plan.of("kubernetes:karpenter.sh/v1:NodePool") if r.name.startswith("inference")]
    assert [r.name for r in pools] == ["inference-reservation", "inference"]
    assert {r.urn for r in pools} <= set(service.dependencies)


def test_the_cluster_lets_a_pool_of_a_fixed_size_be():
    table = pool_with(replicas=1, capacity=LADDER)
    del table["pools"]["inference"]["max_gpus"]
    plan = record_environment("sandbox", table)
    release = plan.one("kubernetes:helm.sh/v3:Release", "cluster-karpenter")
    assert release.inputs["values"]["settings"]["featureGates"] == {"staticCapacity": True}
    table["cluster"]["static_capacity"] = False
    with pytest.raises(UserError, match=r"F\.cluster\.static_capacity: got False; expected true, because the pool inf"):
        parse(table, "eu-west-1", "F")


def test_a_service_asks_for_one_part_of_a_shared_gpu_and_for_none_of_a_pool_for_claims():
    table = pool_with(sharing={"mode": "time-slicing", "replicas": 4})
    table["services"]["digits"].update(pool="inference", gpus=1)
    assert parse(table, "eu-west-1", "F").pools["inference"].stated["sharing"]["replicas"] == 4
    table["services"]["digits"]["gpus"] = 2
    with pytest.raises(
        UserError, match=r"F\.services\.digits\.gpus: got 2; expected 1, because the pool inference shar"
    ):
        parse(table, "eu-west-1", "F")
    table["pools"]["inference"].update(sharing={"mode": "dra"}, replicas=1)
    del table["pools"]["inference"]["max_gpus"]
    with pytest.raises(
        UserError, match=r"digits\.gpus: got 2; expected 0, because the pool inference shares its GPUs by dra"
    ):
        parse(table, "eu-west-1", "F")


def test_a_service_is_not_put_on_neuron_devices():
    table = pool_with(accelerator="neuron", instance_types=["inf2.xlarge"])
    table["services"]["digits"]["pool"] = "inference"
    with pytest.raises(
        UserError, match=r"F\.services\.digits\.pool: got 'inference'; expected a pool of NVIDIA GPUs: the"
    ):
        parse(table, "eu-west-1", "F")
