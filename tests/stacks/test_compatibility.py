"""An environment's file is held against the compatibility table before anything is made."""

import copy

import pytest

from aistacks_core.errors import UserError
from aistacks_settings import parse
from recorded import record_environment, settings


def table(types, **service):
    """The sandbox's settings with one pool of ``types`` and its first service on it."""
    found = copy.deepcopy(settings("sandbox")["config"]["aistacks:environment"])
    found["pools"] = {"gpus": {"instance_types": types, "max_gpus": 8}}
    name, first = next(iter(found["services"].items()))
    found["services"] = {name: {**first, "gpus": 1, "pool": "gpus", **service}}
    return found


def test_a_service_whose_image_has_no_code_for_its_pools_gpus_is_refused_with_its_path():
    with pytest.raises(UserError) as caught:
        parse(table(["p3dn.24xlarge"]), "eu-west-1", "Pulumi.dev.yaml: shop:environment")
    told = str(caught.value)
    assert told.startswith("Pulumi.dev.yaml: shop:environment.services.")
    assert "image: got 'nvcr.io/nvidia/tritonserver:26.07-py3 (CUDA 13.3)'; expected CUDA 9.0 to 12.9" in told
    assert told.endswith("The nearest is Triton 25.07.")


def test_the_nearest_that_it_names_is_taken():
    image = "nvcr.io/nvidia/tritonserver:25.07-py3"
    assert parse(table(["p3dn.24xlarge"], image=image), "eu-west-1", "here").services


def test_a_kubernetes_that_eks_no_longer_creates_is_refused_with_its_path():
    old = table(["g5.xlarge"])
    old["cluster"]["kubernetes_version"] = "1.29"
    with pytest.raises(UserError, match=r"^here\.cluster\.kubernetes_version: got '1\.29'; expected 1\.32 or newer"):
        parse(old, "eu-west-1", "here")


def test_a_service_whose_image_serves_its_pools_gpus_is_made():
    plan = record_environment("sandbox", table(["g5.xlarge"]))
    assert plan.of("kubernetes:apps/v1:Deployment")
