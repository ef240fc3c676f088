"""A wrong environment file is refused in one line, before any resource exists."""

import copy

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
        ({"netwrok": {}}, "F.netwrok: got an unknown key; expected one of"),
        ({"network__cidrs": "x"}, "F.network.cidrs: got an unknown key; expected one of cidr, availability_zones, nat"),
        ({"network__cidr": "10.40.0.0/33"}, "F.network.cidr: got '10.40.0.0/33'; expected an IPv4 range"),
        ({"network__cidr": "10.40.0.1/16"}, "has host bits set"),
        ({"network__cidr": "172.20.0.0/16"}, "overlaps cluster.service_cidr 172.20.0.0/16"),
        ({"network__reserved_cidrs": ["10.40.8.0/24"]}, "overlaps network.reserved_cidrs[0] 10.40.8.0/24"),
        ({"network__availability_zones": ["eu-west-1a", "us-east-1a"]}, "'us-east-1a' isn't one"),
        ({"network__availability_zones": ["eu-west-1a"]}, "F.network.availability_zones: got ['eu-west-1a']; expected"),
        ({"network__nat": "two"}, "F.network.nat: got 'two'; expected 'none', 'single' or 'per_zone'"),
        ({"network__cidr": ...}, "F.network.cidr: got nothing; expected a value: this key is required"),
        ({"pools__inference__instance_types": ["g99.huge"]}, "F.pools.inference.instance_types[0]: got 'g99.huge'"),
        ({"pools__inference__max_gpus": 0}, "F.pools.inference.max_gpus: got 0; expected"),
        ({"pools__inference__max_gpus": "many"}, "F.pools.inference.max_gpus: got 'many'; expected"),
        ({"pools__inference__capacity_types": ["cheap"]}, "F.pools.inference.capacity_types[0]: got 'cheap'"),
        ({"services__digits__digest": "latest"}, "F.services.digits.digest: got 'latest'; expected"),
        ({"warehouse__audit_log_days": 30}, "It is called 'audit_log_retention_days' now."),
        ({"monitoring__retention_days": 30}, "It is called 'metric_retention_days' now."),
        ({"services__digits__client_namespaces": []}, "services.digits names no clients; expected client_namespaces"),
        ({"services__digits__client_cidrs": ["10.0.0.5"]}, "client_cidrs[0]: got '10.0.0.5'; expected an IPv4 range"),
        ({"services__digits__pool": "gone"}, "services.digits.pool is 'gone'; expected one of the pools: inference"),
        ({"tags": {"Owner": "me"}}, "Environment, Project, CostCenter missing"),
        ({"tags__Owner": "the platform team"}, "expected Owner to be a Kubernetes label too"),
        ({"warehouse__mode": "cheap"}, "F.warehouse.mode: got 'cheap'; expected 'serverless' or 'provisioned'"),
        ({"monitoring": None}, "F.monitoring: got None; expected"),
        ({"region": "eu-west-1"}, "F.region: got 'eu-west-1'; expected the region as aws:region only"),
    ],
)
def test_refused(changes, line):
    with pytest.raises(UserError) as refused:
        parse(sandbox(**changes), "eu-west-1", "F")
    assert line in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_mistyped_key_is_told_before_the_key_it_leaves_missing():
    table = sandbox(network__natt="single", network__nat=...)
    with pytest.raises(UserError, match=r"F\.network\.natt: got an unknown key.*1 more after it"):
        parse(table, "eu-west-1", "F")


def test_an_unknown_region_is_refused():
    with pytest.raises(UserError, match="mars-1"):
        parse(sandbox(), "mars-1", "F")


def test_what_the_file_leaves_out_is_left_to_the_component():
    environment = parse(sandbox(), "eu-west-1", "F")
    assert environment.lake.args() == {
        "layers": ["bronze", "silver", "gold"],
        "noncurrent_version_retention_days": 1,
        "access_log_retention_days": 1,
    }


def test_an_impossible_value_of_a_component_stops_the_program_before_any_resource():
    with pytest.raises(UserError, match="base_rpus"):
        record_environment("sandbox", sandbox(warehouse__base_rpus=9))


def test_settings_are_frozen():
    environment = parse(sandbox(), "eu-west-1", "F")
    with pytest.raises(ValueError, match="frozen"):
        environment.network.cidr = "10.0.0.0/16"
