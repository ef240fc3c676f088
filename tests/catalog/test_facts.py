"""The facts that settings are checked against."""

import gzip
import json
import re
import runpy
from importlib import resources
from pathlib import Path

import pytest
import yaml

from aistacks_catalog.aws import facts as _facts


def test_zones_belong_to_their_region() -> None:
    assert _facts.zones("us-east-1") == tuple(f"us-east-1{letter}" for letter in "abcdef")
    for region in _facts.regions():
        assert _facts.zones(region)
        assert all(zone[:-1] == region for zone in _facts.zones(region))


def test_an_unknown_region_is_named() -> None:
    with pytest.raises(LookupError, match="unknown region eu-west-9"):
        _facts.zones("eu-west-9")


@pytest.mark.parametrize(
    ("name", "kind", "accelerator", "count"),
    [
        ("g6.xlarge", "gpu", "L4", 1),
        ("g5.12xlarge", "gpu", "A10G", 4),
        ("p5.48xlarge", "gpu", "H100", 8),
        ("inf2.48xlarge", "neuron", "Inferentia2", 12),
        ("trn2.48xlarge", "neuron", "Trainium2", 16),
        ("m8g.large", "", "", 0),
    ],
)
def test_an_instance_type_names_its_accelerators(name: str, kind: str, accelerator: str, count: int) -> None:
    shape = _facts.instance(name)
    assert (shape.accelerator_kind, shape.accelerator, shape.accelerators) == (kind, accelerator, count)


@pytest.mark.parametrize(
    ("name", "interfaces", "first"),
    [
        ("p5.48xlarge", 32, 0),
        ("p5en.48xlarge", 16, 0),
        ("p6-b200.48xlarge", 8, 0),
        ("p6-b300.48xlarge", 16, 1),
        ("g6e.48xlarge", 4, 0),
        ("trn2.48xlarge", 16, 0),
        ("g6.xlarge", 0, 0),
    ],
)
def test_an_instance_type_names_its_efa_interfaces(name: str, interfaces: int, first: int) -> None:
    """As Karpenter's table from real instances counts them (aws/karpenter-provider-aws v1.15.2, drametadata), too."""
    shape = _facts.instance(name)
    assert (shape.efas, shape.efa_card) == (interfaces, first)


def test_instance_shapes_are_those_of_motos_copy_of_aws() -> None:
    packed = resources.files("moto") / "ec2" / "resources" / "instance_types.json.gz"
    aws = json.loads(gzip.decompress(packed.read_bytes()))
    assert len(_facts.instances()) > 1300
    for name, shape in _facts.instances().items():
        assert shape.vcpus == aws[name]["VCpuInfo"]["DefaultVCpus"]
        assert shape.memory_gib == aws[name]["MemoryInfo"]["SizeInMiB"] / 1024
        assert shape.arch in aws[name]["ProcessorInfo"]["SupportedArchitectures"]


@pytest.mark.parametrize("file", ["instances", "offerings"])
def test_what_ec2_offers_is_what_the_script_writes(file: str) -> None:
    script = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "ec2_facts.py"))
    text = (resources.files("aistacks_catalog.aws") / f"{file}.csv").read_text()
    (date,) = re.findall(r"# date: (\S+)", text)
    assert script[file](date) == text


def test_a_region_has_its_own_types() -> None:
    assert "g6.xlarge" not in _facts.offered("eu-west-1")
    assert {"g5.xlarge", "p4d.24xlarge"} <= _facts.offered("eu-west-1")
    assert "g6.xlarge" in _facts.offered("eu-central-1")
    for region in _facts.regions():
        try:
            assert {"m6i.large", "m7i.large"} & _facts.offered(region), region
        except LookupError as error:
            assert str(error) == f"what EC2 offers in {region} isn't known"


def test_a_part_of_a_gpu_is_none() -> None:
    assert _facts.instance("g6f.xlarge").accelerators == 0
    assert _facts.instance("g6f.xlarge").accelerator_kind == ""


def test_an_unknown_instance_type_is_named() -> None:
    with pytest.raises(LookupError, match=r"unknown instance type g99\.huge"):
        _facts.instance("g99.huge")


def test_every_supported_kubernetes_pins_the_same_addons() -> None:
    assert _facts.eks_versions() == ("1.34", "1.35")
    assert set(_facts.eks_versions()) <= set(_facts.eks_offered())
    wanted = {"coredns", "kube-proxy", "vpc-cni", "eks-pod-identity-agent", "metrics-server"}
    for kubernetes in _facts.eks_versions():
        pinned = _facts.addon_versions(kubernetes)
        assert wanted | {"eks-node-monitoring-agent", "aws-ebs-csi-driver"} <= set(pinned)
        assert all(re.fullmatch(r"v\d+\.\d+\.\d+-eksbuild\.\d+", version) for version in pinned.values())
        assert pinned["kube-proxy"].startswith(f"v{kubernetes}.")


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").partition("-")[0].split("."))


PINS = [(k, name, v) for k in _facts.eks_versions() for name, v in _facts.addon_versions(k).items()]


@pytest.mark.parametrize(("kubernetes", "addon", "version"), PINS)
def test_no_pinned_addon_is_one_that_its_project_tells_against(kubernetes: str, addon: str, version: str) -> None:
    for bad in _facts.bad_addon_releases(addon):
        assert not _release(bad["from"]) <= _release(version) <= _release(bad["to"]), bad["why"]


def test_the_network_addon_that_cuts_off_pods_is_known_as_bad() -> None:
    spans = [(_release(bad["from"]), _release(bad["to"])) for bad in _facts.bad_addon_releases("vpc-cni")]
    for bad in ("v1.21.1-eksbuild.5", "v1.20.5-eksbuild.1", "v1.22.1-eksbuild.2"):
        assert any(first <= _release(bad) <= last for first, last in spans), bad
    assert not any(first <= _release("v1.22.4-eksbuild.3") <= last for first, last in spans)


def test_what_isnt_pinned_is_named() -> None:
    with pytest.raises(LookupError, match=r"Kubernetes 1\.20, only for 1\.34, 1\.35"):
        _facts.addon_version("1.20", "coredns")
    with pytest.raises(LookupError, match=r"add-on nope is pinned for Kubernetes 1\.35"):
        _facts.addon_version("1.35", "nope")


FACTS = [
    path
    for room in ("components", "catalog")
    for path in sorted((Path(__file__).parents[2] / room).rglob("*"))
    if path.suffix in (".yaml", ".csv")
]


def test_there_are_files_of_facts() -> None:
    assert len(FACTS) > 30


@pytest.mark.parametrize("file", FACTS, ids=lambda file: file.name)
def test_every_file_of_facts_has_a_source_and_a_date(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".csv":
        # Prices have a source and a date in each row.
        assert re.match(r"# source: .+\n(#.*\n)*# date: 2026-", text) or {"source", "date"} <= set(
            text.splitlines()[0].split(",")
        )
        return
    facts = yaml.safe_load(text)
    assert facts["date"]
    # One source for the whole file, or one for each thing in it.
    things = next(iter(v for v in facts.values() if isinstance(v, dict)), {}).values()
    assert facts.get("source") or all(thing["source"] for thing in things)
