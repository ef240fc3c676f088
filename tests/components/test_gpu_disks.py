"""Volumes, images, user data and disruption budgets of GPU pools.

That a node boots with them, and how fast it pulls, only AWS shows.
"""

import tomllib

import pulumi
import pytest

from aistacks import GpuNodePool
from aistacks_core.errors import UserError

G = {"cluster_name": "main", "node_role_name": "nodes", "instance_types": ["g6.xlarge", "g5.xlarge"]}
SYSCTL = '[settings.kernel.sysctl]\n"net.core.rmem_max" = "26214400"\n'
SLICED = {"mode": "time-slicing", "replicas": 4}
GP3 = {"volumeType": "gp3", "encrypted": True, "deleteOnTermination": True}


@pytest.fixture
def pool(record):
    def run(**args):
        return record(lambda: GpuNodePool("gpu", {**G, **args}))

    return run


def spec(plan, kind):
    (made,) = [r for r in plan.resources if r.inputs.get("kind") == kind]
    return made.inputs["spec"]


def volumes(plan):
    return [each["ebs"] for each in spec(plan, "EC2NodeClass")["blockDeviceMappings"]]


def told(plan):
    return tomllib.loads(spec(plan, "EC2NodeClass")["userData"])["settings"]


def test_volumes_are_plain_gp3_unless_more_is_said(pool):
    assert volumes(pool()) == [{**GP3, "volumeSize": "4Gi"}, {**GP3, "volumeSize": "200Gi"}]


def test_speed_and_snapshot_are_the_data_volume_s_and_the_key_is_both_volumes(record):
    asked = {"data_volume_iops": 16000, "data_volume_throughput_mib": 1000, "data_volume_snapshot_id": "snap-1"}
    key = "arn:aws:kms:eu-west-1:111122223333:key/1"

    def program():
        GpuNodePool("gpu", {**G, **asked, "volume_kms_key_arn": pulumi.Output.from_input(key)})

    system, data = volumes(record(program))
    assert system == {**GP3, "volumeSize": "4Gi", "kmsKeyID": key}
    fast = {"iops": 16000, "throughput": 1000, "snapshotID": "snap-1"}
    assert data == {**GP3, "volumeSize": "200Gi", "kmsKeyID": key, **fast}


def test_images_are_pulled_in_parallel_by_soci(pool):
    found = told(pool(parallel_pull=True))
    assert found["container-runtime"] == {"snapshotter": "soci"}
    soci = found["container-runtime-plugins"]["soci-snapshotter"]
    assert soci["pull-mode"] == "parallel-pull-unpack"
    assert soci["parallel-pull-unpack"]["discard-unpacked-layers"] is True


def test_user_data_joins_what_arguments_state(pool):
    found = told(pool(user_data=SYSCTL, sharing=SLICED, parallel_pull=True))
    assert found["kernel"] == {"sysctl": {"net.core.rmem_max": "26214400"}}
    assert found["container-runtime"]["snapshotter"] == "soci"
    assert found["kubelet-device-plugins"]["nvidia"]["time-slicing"]["replicas"] == 4


def test_budgets_take_the_place_of_the_purpose_s(pool):
    asked = [
        {"nodes": "2"},
        {"nodes": "0", "reasons": ["Drifted"], "schedule": "0 8 * * mon-fri", "duration_minutes": 600},
    ]
    for purpose in ("inference", "training"):
        found = spec(pool(purpose=purpose, disruption_budgets=asked), "NodePool")["disruption"]["budgets"]
        assert found == [
            {"nodes": "2"},
            {"nodes": "0", "reasons": ["Drifted"], "schedule": "0 8 * * mon-fri", "duration": "600m"},
        ]


def budget(**args):
    return {"disruption_budgets": [{"nodes": "1", **args}]}


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"data_volume_iops": 100}, "data_volume_iops: got 100; expected 3000 or more"),
        ({"data_volume_throughput_mib": 1}, "data_volume_throughput_mib: got 1; expected 125 or more"),
        (
            {"parallel_pull": True, "data_volume_snapshot_id": "snap-1"},
            "data_volume_snapshot_id: got 'snap-1'; expected nothing beside parallel_pull",
        ),
        ({"user_data": "#!/bin/sh"}, "user_data: got '#!/bin/sh'; expected Bottlerocket's settings as TOML"),
        (
            {"user_data": "[settings.container-runtime]\nsnapshotter = 'overlayfs'", "parallel_pull": True},
            "user_data: got 'settings.container-runtime.snapshotter'; expected a setting that no other argument",
        ),
        ({"disruption_budgets": []}, "disruption_budgets: got '0 of them'; expected 1 to 50"),
        (budget(nodes="all"), "disruption_budgets[0].nodes: got 'all'; expected a number such as"),
        (budget(nodes="101%"), "disruption_budgets[0].nodes: got '101%'; expected a number such as"),
        (
            budget(reasons=["drift"]),
            "disruption_budgets[0].reasons[0]: got 'drift'; expected one of Drifted, Empty, Und",
        ),
        (
            budget(schedule="@daily"),
            "disruption_budgets[0].duration_minutes: got nothing; expected a value, because sched",
        ),
        (
            budget(duration_minutes=60),
            "disruption_budgets[0].schedule: got nothing; expected a value, because duration",
        ),
        (
            budget(schedule="8 o'clock", duration_minutes=60),
            'disruption_budgets[0].schedule: got "8 o\'clock"; expected',
        ),
        (budget(schedule="@daily", duration_minutes=0), "disruption_budgets[0].duration_minutes: got 0; expected 1 or"),
    ],
)
def test_what_karpenter_or_ec2_would_refuse_is_refused_here(pool, args, message):
    with pytest.raises(UserError) as error:
        pool(**args)
    assert message in str(error.value)
