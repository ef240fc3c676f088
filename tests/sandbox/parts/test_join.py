"""What a played node says of itself: the labels and taints of its user data, the capacity of its type."""

from __future__ import annotations

import pytest

from aistacks_sandbox.parts.join import capacity_of, settings_of

BOTTLEROCKET = """
[settings]
[settings.kubernetes]
api-server = "https://example"
[settings.kubernetes.node-labels]
"karpenter.sh/capacity-type" = "spot"
"karpenter.sh/nodepool" = "inference"
[settings.kubernetes.node-taints]
"nvidia.com/gpu" = ["true:NoSchedule"]
"karpenter.sh/unregistered" = [":NoExecute"]
"""


def test_bottlerocket_s_user_data_names_labels_and_taints():
    labels, taints = settings_of(BOTTLEROCKET)
    assert labels == {"karpenter.sh/capacity-type": "spot", "karpenter.sh/nodepool": "inference"}
    assert taints == [
        {"key": "nvidia.com/gpu", "effect": "NoSchedule", "value": "true"},
        {"key": "karpenter.sh/unregistered", "effect": "NoExecute"},
    ]


@pytest.mark.parametrize("text", ["", "MIME-Version: 1.0\n", "[settings]\n", "#!/bin/bash\n", "settings = 3\n"])
def test_other_user_data_says_nothing(text):
    assert settings_of(text) == ({}, [])


def test_a_gpu_type_offers_its_gpus_and_fabric():
    about = {
        "MemoryInfo": {"SizeInMiB": 2_097_152},
        "VCpuInfo": {"DefaultVCpus": 192},
        "GpuInfo": {"Gpus": [{"Manufacturer": "NVIDIA", "Count": 8}]},
        "NetworkInfo": {"EfaInfo": {"MaximumEfaInterfaces": 32}},
    }
    found = capacity_of(about)
    assert (found["nvidia.com/gpu"], found["vpc.amazonaws.com/efa"], found["cpu"]) == ("8", "32", "192")
    assert found["memory"] == "1939865Mi"


def test_another_type_has_neither():
    about = {"MemoryInfo": {"SizeInMiB": 4096}, "VCpuInfo": {"DefaultVCpus": 2}, "NetworkInfo": {}}
    assert not {"nvidia.com/gpu", "vpc.amazonaws.com/efa"} & set(capacity_of(about))
