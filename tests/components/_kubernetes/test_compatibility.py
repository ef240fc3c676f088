"""What doesn't work together fails when it is constructed; what isn't known is warned of."""

import pulumi
import pytest

from aistacks import EksCluster, GpuNodePool, InferenceService, Monitoring
from aistacks.errors import UserError
from aistacks_catalog import compatibility as table

SERVICE = {"namespace": "ai", "model": "digits", "model_digest": "a" * 64, "model_store_bucket": "models"}
POOL = {"cluster_name": "ai", "node_role_name": "nodes"}
GPU = "nvcr.io/nvidia/tritonserver"


@pytest.fixture
def warned(monkeypatch):
    """What was warned of."""
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    return said


def refused(record, program):
    with pytest.raises(UserError) as caught:
        record(program)
    return str(caught.value)


@pytest.fixture
def cluster(record):
    def make(**args):
        return record(lambda: EksCluster("ai", {"subnet_ids": ["a", "b"], **args}))

    return make


@pytest.mark.parametrize("version", ["1.20", "1.30"])
def test_a_kubernetes_that_eks_no_longer_creates_is_refused(cluster, version):
    with pytest.raises(UserError) as caught:
        cluster(kubernetes_version=version)
    assert str(caught.value) == (
        f"EksCluster 'ai': kubernetes_version: got '{version}'; expected 1.32 or newer: EKS creates no older clusters; "
        "the nearest that it supports is 1.32"
    )


def test_a_kubernetes_past_its_support_is_taken_with_a_warning(cluster, warned):
    assert cluster(kubernetes_version="1.31").one("aws:eks/cluster:Cluster", "ai").inputs["version"] == "1.31"
    assert warned[0] == (
        "EksCluster 'ai': kubernetes_version: '1.31' isn't supported by EKS since 2026-11-26: AWS upgrades it by "
        "itself."
    )


def test_a_kubernetes_that_the_pinned_karpenter_doesnt_support_is_refused(cluster, monkeypatch):
    monkeypatch.setattr(table, "karpenter_range", lambda _: table.Range("1.34", "1.36"))
    with pytest.raises(
        UserError, match=r"got '1\.33'; expected 1\.34 or newer, for Karpenter 1\.14\.3; the nearest is"
    ):
        cluster(kubernetes_version="1.33")


def test_a_kubernetes_that_karpenter_doesnt_name_yet_is_taken_with_a_warning(cluster, warned, monkeypatch):
    monkeypatch.setattr(table, "karpenter_range", lambda _: table.Range("1.26", "1.34"))
    cluster(kubernetes_version="1.35")
    assert warned == [
        "EksCluster 'ai': kubernetes_version: '1.35' is newer than what Karpenter 1.14.3 is known to support, 1.34."
    ]


def test_a_type_that_only_another_image_is_made_for_is_refused(record, warned):
    pool = {**POOL, "instance_types": ["p6e-gb200.36xlarge"]}
    assert refused(record, lambda: GpuNodePool("big", pool)) == (
        "GpuNodePool 'big': instance_types[0]: got 'p6e-gb200.36xlarge'; expected a type that EKS's Bottlerocket image "
        "has a driver for (al2023 only has one for p6e-gb200). The nearest are g5g."
    )


def test_a_gpu_that_the_nodes_driver_is_too_old_for_is_refused(record, monkeypatch):
    monkeypatch.setitem(table.kubernetes()["gpu_images"]["bottlerocket"]["kubernetes"], "1.34", {"driver": "570"})
    pool = {**POOL, "instance_types": ["p6-b300.48xlarge"], "kubernetes_version": "1.34"}
    assert refused(record, lambda: GpuNodePool("big", pool)) == (
        "GpuNodePool 'big': instance_types[0]: got 'p6-b300.48xlarge'; expected a GPU for driver 570, that of "
        "Bottlerocket on Kubernetes 1.34. The B300 needs 575.51.03: Kubernetes 1.35 has it."
    )


def test_what_isnt_known_of_a_pool_is_warned_of(record, warned):
    pool = {**POOL, "instance_types": ["g7.48xlarge"], "kubernetes_version": "1.33"}
    record(lambda: GpuNodePool("odd", pool))
    assert warned == [
        "GpuNodePool 'odd': instance_types[0]: 'g7.48xlarge' isn't one of those that AWS lists for its Bottlerocket "
        "GPU image.",
        "GpuNodePool 'odd': kubernetes_version: '1.33' isn't one whose NVIDIA driver in Bottlerocket is known, so the "
        "GPUs can't be checked against it.",
    ]


def test_a_pool_learns_its_clusters_kubernetes_from_the_provider(record, warned):
    def program():
        cluster = EksCluster("ai", {"subnet_ids": ["a", "b"], "kubernetes_version": "1.33"})
        warned.clear()
        GpuNodePool("l4", {**POOL, "instance_types": ["g6.xlarge"]}, pulumi.ResourceOptions(provider=cluster.provider))

    record(program)
    (text,) = warned
    assert "kubernetes_version: '1.33' isn't one whose NVIDIA driver" in text


def test_another_kubernetes_than_the_clusters_is_refused(record):
    def program():
        cluster = EksCluster("ai", {"subnet_ids": ["a", "b"]})
        args = {**POOL, "instance_types": ["g6.xlarge"], "kubernetes_version": "1.34"}
        GpuNodePool("l4", args, pulumi.ResourceOptions(providers=[cluster.provider]))

    told = refused(record, program)
    assert told.endswith("kubernetes_version: got '1.34'; expected 1.35, that of the EksCluster. Leave it out.")


@pytest.mark.parametrize(
    ("image", "type_", "expected"),
    [
        (
            None,
            "p3dn.24xlarge",
            f"image: got '{GPU}:26.07-py3 (CUDA 13.3)'; expected CUDA 9.0 to 12.9, for the V100 of p3dn.24xlarge "
            "(compute capability 7.0). The nearest is Triton 25.07.",
        ),
        (
            f"{GPU}:24.12-py3",
            "p6-b200.48xlarge",
            f"image: got '{GPU}:24.12-py3 (CUDA 12.6)'; expected CUDA 12.8 or newer, for the B200 of p6-b200.48xlarge "
            "(compute capability 10.0). The nearest is Triton 25.01.",
        ),
    ],
)
def test_an_image_without_code_for_the_pools_gpus_is_refused(record, image, type_, expected):
    args = {**SERVICE, "gpus": 1, "gpu_instance_types": ["g6.xlarge", type_], **({"image": image} if image else {})}
    assert refused(record, lambda: InferenceService("digits", args)) == f"InferenceService 'digits': {expected}"


def test_gpus_that_no_release_serves_together_have_no_nearest(record, monkeypatch):
    monkeypatch.setitem(table.gpus()["capabilities"], "7.0", {"name": "Volta", "first": "9.0", "last": "11.0"})
    args = {**SERVICE, "gpus": 1, "gpu_instance_types": ["p3dn.24xlarge", "p6-b300.48xlarge"]}
    assert refused(record, lambda: InferenceService("digits", args)).endswith("No release of Triton is known to do.")


@pytest.mark.parametrize("args", [{"gpus": 0}, {"gpus": 1, "gpu_instance_types": ["g4dn.xlarge", "p5.48xlarge"]}])
def test_what_works_and_what_needs_no_gpu_is_taken_in_silence(record, warned, args):
    types = {"gpu_instance_types": ["p3dn.24xlarge"], "kubernetes_version": "1.35"}
    record(lambda: InferenceService("digits", {**SERVICE, **types, **args}))
    assert warned == []


def test_an_image_or_a_type_that_isnt_known_is_warned_of(record, warned):
    own = {**SERVICE, "gpus": 1, "gpu_instance_types": ["g6.xlarge"], "image": "example.com/triton:1"}
    record(lambda: InferenceService("own", own))
    record(lambda: InferenceService("new", {**SERVICE, "gpus": 1, "gpu_instance_types": ["g99.xlarge"]}))
    assert warned == [
        "InferenceService 'own': image: 'example.com/triton:1' isn't a Triton release whose CUDA is known, so it can't "
        "be checked.",
        "InferenceService 'new': gpu_instance_types[0]: 'g99.xlarge' has no GPU that is known here.",
    ]


def test_a_driver_that_is_older_than_the_images_cuda_is_warned_of(record, warned, monkeypatch):
    monkeypatch.setitem(table.kubernetes()["gpu_images"]["bottlerocket"]["kubernetes"], "1.34", {"driver": "570"})
    record(lambda: InferenceService("digits", {**SERVICE, "gpus": 1, "kubernetes_version": "1.34"}))
    (text,) = warned
    assert "has CUDA 13.3, for driver 580 or newer; the nodes of Kubernetes 1.34 have 570" in text


def test_a_kubernetes_that_a_chart_doesnt_install_on_is_refused(record):
    assert refused(record, lambda: Monitoring("watch", {"kubernetes_version": "1.24"})) == (
        "Monitoring 'watch': kubernetes_version: got '1.24'; expected 1.25 or newer, for the chart "
        "kube-prometheus-stack; the nearest is 1.25"
    )
    record(lambda: Monitoring("watch", {"kubernetes_version": "1.25"}))


def test_what_is_no_minor_version_is_refused(record):
    told = refused(record, lambda: Monitoring("watch", {"kubernetes_version": "1.35.2"}))
    assert "kubernetes_version: got '1.35.2'; expected a minor version such as" in told
