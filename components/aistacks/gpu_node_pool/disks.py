"""The volumes of a pool's nodes, and how images get onto them."""

from collections.abc import Mapping
from typing import Any

from .._arguments import wrong
from .._kubernetes import bottlerocket

_LEAST = {"data_volume_iops": 3000, "data_volume_throughput_mib": 125}
"""What gp3 has anyway (Karpenter 1.14, pkg/apis/crds, blockDeviceMappings, read 2026-12-01); EC2 knows the most."""
_PARALLEL_PULL = {
    "container-runtime": {"snapshotter": "soci"},
    "container-runtime-plugins": {
        "soci-snapshotter": {
            "pull-mode": "parallel-pull-unpack",
            "parallel-pull-unpack": {
                "max-concurrent-downloads-per-image": 20,
                "concurrent-download-chunk-size": "16mb",
                "max-concurrent-unpacks-per-image": 12,
                "discard-unpacked-layers": True,
            },
        }
    },
}
"""As AWS's blueprint for Karpenter, Bottlerocket and SOCI states it, and the API reference of Bottlerocket 1.60
(container-runtime-plugins); read 2026-12-01. On instance store volumes Karpenter binds SOCI's folder, too."""


def validate_disks(name: str, a: Mapping[str, Any], kind: type) -> None:
    """Raise ``UserError`` for volumes that EC2 doesn't have, and for user data that contradicts other arguments."""
    for key, least in _LEAST.items():
        if key in a and a[key] < least:
            raise wrong(name, kind, key, a[key], f"{least} or more, what the volume has anyway")
    if a["parallel_pull"] and "data_volume_snapshot_id" in a:
        expected = "nothing beside parallel_pull: images of a snapshot are those of another snapshotter"
        raise wrong(name, kind, "data_volume_snapshot_id", a["data_volume_snapshot_id"], expected)


def volumes(a: Mapping[str, Any], mappings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bottlerocket's two volumes, ``mappings``, with what the pool states of them: the data volume is the last one."""
    key = {"kmsKeyID": a["volume_kms_key_arn"]} if "volume_kms_key_arn" in a else {}
    names = {"data_volume_iops": "iops", "data_volume_throughput_mib": "throughput"}
    data = {field: a[argument] for argument, field in names.items() if argument in a}
    if "data_volume_snapshot_id" in a:
        data["snapshotID"] = a["data_volume_snapshot_id"]
    *system, last = [{**each, "ebs": {**each["ebs"], **key}} for each in mappings]
    return [*system, {**last, "ebs": {**last["ebs"], **data}}]


def settings(name: str, a: Mapping[str, Any], kind: type, others: Mapping[str, Any]) -> dict[str, Any]:
    """Bottlerocket's settings: ``others``, those of ``parallel_pull`` and those of ``user_data``. Raises ``UserError``
    for user data that isn't settings, or that states what another argument or Karpenter does."""
    found = bottlerocket.merged(others, _PARALLEL_PULL) if a["parallel_pull"] else dict(others)
    if "user_data" not in a:
        return found
    try:
        return bottlerocket.merged(found, bottlerocket.parsed(a["user_data"]))
    except bottlerocket.SettingsError as error:
        raise wrong(name, kind, "user_data", error.got, error.expected) from None
