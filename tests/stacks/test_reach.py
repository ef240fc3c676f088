"""Every argument of every component can be set from an environment's file, and arrives at the component."""

import collections
import copy
import enum
import json
import types
import typing

import pytest

import aistacks
from aistacks import component as components
from aistacks._arguments import _bare, _hints, inputs
from aistacks.settings import Section
from aistacks_settings import GROUPS, SECTIONS
from recorded import record_environment, settings

OFFERS = {**SECTIONS, **GROUPS}
# What the program alone gives, and by which key of the file it is decided instead.
DECIDED_ELSEWHERE = {
    ("network", "cluster_name"): "cluster.cluster_name",
    ("cluster", "isolated_vpc"): "network.nat",
    ("warehouse", "lake_permission_model"): "lake.permission_model",
    ("monitoring", "kubernetes_version"): "cluster.kubernetes_version",
    ("pools", "kubernetes_version"): "cluster.kubernetes_version",
    ("services", "kubernetes_version"): "cluster.kubernetes_version",
    ("services", "gpu_instance_types"): "pools.<pool>.instance_types",
}
LISTS_OF_INPUTS = {
    "bucket_arns",
    "cluster_identifiers",
    "warehouse_arns",
    "lake_bucket_arns",
    "lake_databases",
    "lake_kms_key_arns",
}


def sample(hint):
    """A value of a type, unlike any default."""
    hint = _bare(hint)
    origin, within = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return sample(within[0])
    if typing.is_typeddict(hint):
        return {key: sample(one) for key, one in _hints(hint).items()}
    if origin is not None and issubclass(origin, dict):
        return {"label": sample(within[1])}
    if origin is not None:
        return [sample(within[0])]
    if issubclass(hint, enum.Enum):
        return list(hint)[-1].value
    return {str: "stated", int: 7, float: 7.5, bool: True}[hint]


def arguments(key):
    return _hints(components.args_type(OFFERS[key].component))


def plain(key):
    return [name for name in arguments(key) if name not in inputs(components.args_type(OFFERS[key].component))]


@pytest.mark.parametrize("key", OFFERS)
def test_only_what_another_component_gives_is_left_out(key):
    left_out = {(key, name) for name in plain(key) if name in OFFERS[key].wired and name not in LISTS_OF_INPUTS}
    assert left_out == {place for place in DECIDED_ELSEWHERE if place[0] == key}


@pytest.fixture
def arrived(monkeypatch):
    """What arrives at each component when the file states every argument that it may."""
    table = copy.deepcopy(settings("sandbox")["config"]["aistacks:environment"])
    for key, offer in OFFERS.items():
        argument = {a: k for k, a in offer.keys.items()}
        stated = {argument.get(a, a): sample(h) for a, h in arguments(key).items() if a not in offer.wired}
        table[key] = {"one": stated} if key in GROUPS else stated
    table["network"] |= {
        "cidr": "10.40.0.0/16",
        "interface_endpoints": ["glue"],
        "availability_zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
    }
    table["cluster"]["service_cidr"] = "172.20.0.0/16"
    table["services"]["one"]["pool"] = "one"
    # A service asks for one part of a shared GPU.
    table["pools"]["one"]["sharing"]["mode"] = "mps"
    table["pools"]["one"]["accelerator"] = "nvidia"
    table["services"]["one"]["gpus"] = 1
    seen = {}
    for offer in OFFERS.values():
        kind = offer.component.__name__

        class Spy:
            provider = None
            name = "one"

            def __init__(self, name, args, opts=None, kind=kind):
                seen[kind] = args

            def __getattr__(self, output):
                return collections.defaultdict(str)

        monkeypatch.setattr(aistacks, kind, Spy)
    # Each value is of its type and makes no sense beyond; what makes sense is each component's own test.
    monkeypatch.setattr(Section, "validate", lambda self, **_: None)
    record_environment("sandbox", table)
    return seen, table


def test_every_stated_argument_arrives(arrived):
    seen, table = arrived
    checked = 0
    for key, offer in OFFERS.items():
        stated = table[key]["one"] if key in GROUPS else table[key]
        for name, value in stated.items():
            got = seen[offer.component.__name__][offer.keys.get(name, name)]
            got = got.value if isinstance(got, enum.Enum) else got
            if isinstance(value, dict) and "label" in value:
                got = {"label": got["label"]}
            assert json.loads(json.dumps(got)) == value, (key, name)
            checked += 1
    assert checked == sum(len(set(arguments(key)) - set(offer.wired)) for key, offer in OFFERS.items()) > 120


def test_the_cluster_s_name_goes_to_the_network_s_subnets(arrived):
    seen, _ = arrived
    assert seen["Network"]["cluster_name"] == seen["EksCluster"]["cluster_name"] == "stated"
