"""Where an image is pulled from, with and without a mirror."""

import pytest

from aistacks import EksCluster, InferenceService
from aistacks._kubernetes.images import mirrored, validate
from aistacks._kubernetes.node_image import karpenter
from aistacks.inference_service import InferenceServiceArgs
from aistacks.inference_service.server import facts
from aistacks.monitoring.facts import monitoring_facts
from aistacks_core.errors import UserError

ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/upstream"
SERVICE = {"namespace": "models", "model": "digits", "model_digest": "0" * 64, "model_store_bucket": "store"}


def test_the_upstream_host_becomes_the_first_part_of_the_path():
    assert mirrored("nvcr.io/nvidia/dcgm:4", ECR) == f"{ECR}/nvcr.io/nvidia/dcgm:4"


def test_without_a_mirror_an_image_stays_as_it_is():
    assert mirrored("nvcr.io/nvidia/dcgm:4", "") == "nvcr.io/nvidia/dcgm:4"


@pytest.mark.parametrize("registry", ["", ECR, "localhost:5000", "mirror.example.com", "ghcr.io/my-org/a_b.c"])
def test_a_registry_may_have_a_port_and_a_path(registry):
    validate("digits", InferenceServiceArgs, registry)


@pytest.mark.parametrize(
    "registry", ["https://mirror.example.com", "mirror.example.com/", "Mirror.example.com", "mirror/a:1", " m", "a//b"]
)
def test_what_no_image_can_begin_with_is_one_line(registry):
    with pytest.raises(UserError) as error:
        validate("digits", InferenceServiceArgs, registry)
    assert str(error.value).startswith("InferenceService 'digits': image_registry")
    assert "\n" not in str(error.value)


def test_every_image_of_a_service_comes_from_the_mirror(record):
    plan = record(lambda: InferenceService("digits", {**SERVICE, "image_registry": ECR}))
    pod = plan.one("kubernetes:apps/v1:Deployment", "digits").inputs["spec"]["template"]["spec"]
    images = [c["image"] for c in [*pod["initContainers"], *pod["containers"]]]
    assert [i.removeprefix(f"{ECR}/").partition("/")[0] for i in images] == ["public.ecr.aws", "nvcr.io"]
    assert all(i.startswith(f"{ECR}/") for i in images)


def test_an_image_of_ones_own_is_taken_as_it_is(record):
    own = "registry.example.com/digits@sha256:" + "0" * 64
    plan = record(lambda: InferenceService("digits", {**SERVICE, "image_registry": ECR, "image": own}))
    pod = plan.one("kubernetes:apps/v1:Deployment", "digits").inputs["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == own


def test_every_pinned_image_names_its_upstream_host():
    """Else it couldn't be told where in the mirror it lies."""
    known = [facts()["download"]["image"], facts()["triton"]["image"], karpenter()["image"]]
    for chart in monitoring_facts("charts")["images"].values():
        known += chart.values()
    assert len(known) == 14
    assert [image for image in known if "." not in image.partition("/")[0]] == []


def test_karpenter_comes_from_the_mirror_under_its_own_tag_and_digest(record):
    args = {"subnet_ids": ["a", "b"], "image_registry": ECR}
    plan = record(lambda: EksCluster("ai", args))
    controller = plan.one("kubernetes:helm.sh/v3:Release", "ai-karpenter").inputs["values"]["controller"]
    assert controller["image"] == {"repository": f"{ECR}/public.ecr.aws/karpenter/controller"}
