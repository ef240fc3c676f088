"""The pod of an `InferenceService`: an init container that downloads and verifies the model, and the server."""

import hashlib
import json
from dataclasses import dataclass
from importlib import resources
from urllib.parse import urlsplit

import pulumi
import pulumi_kubernetes as k8s

from .._kubernetes.labels import CONFIG_DIGEST
from .._kubernetes.scheduling import Scheduling
from .server import CONFIG, MODELS, SCRATCH, Server

USER = 10001
"""A UID that no image defines, so the containers can write only to their emptyDir volumes."""
DOWNLOAD = {"cpu": "1", "memory": "1Gi"}
POOL = "karpenter.sh/nodepool"
"""Karpenter's node label for the NodePool."""


@dataclass(frozen=True)
class Model:
    """A published model and its location."""

    bucket: pulumi.Input[str]
    prefix: pulumi.Input[str]
    """Key prefix before ``name``: empty, or ending in ``/``."""
    name: str
    digest: str
    region: pulumi.Input[str] | None
    endpoint: str
    """URL of an S3-compatible store; empty for Amazon S3."""
    size_gib: int
    image: str
    """Image with the AWS CLI, which downloads the model."""


@dataclass(frozen=True)
class PodRequirements:
    """A pod's resources, scheduling and startup time."""

    cpu: str
    memory: str
    gpus: int
    scheduling: Scheduling
    startup_minutes: int


def pod_template(
    server: Server,
    model: Model,
    requirements: PodRequirements,
    service_account: pulumi.Input[str],
    config_map: pulumi.Input[str] | None,
    selector: dict[str, str],
    labels: dict[str, str],
) -> k8s.core.v1.PodTemplateSpecArgsDict:
    """A pod that the ``restricted`` Pod Security Standard admits."""
    spec: k8s.core.v1.PodSpecArgsDict = {
        "service_account_name": service_account,
        # The Pod Identity webhook mounts its own token; nothing here calls the Kubernetes API.
        "automount_service_account_token": False,
        "enable_service_links": False,
        "termination_grace_period_seconds": 60,
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": USER,
            "run_as_group": USER,
            "fs_group": USER,
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
        "init_containers": [_download(model)],
        "containers": [_server(server, requirements, model.size_gib, config_map is not None)],
        "volumes": _volumes(model.size_gib, config_map),
        "node_selector": dict(requirements.scheduling.node_selector),
        "tolerations": [*requirements.scheduling.tolerations],
        "topology_spread_constraints": [
            _spread(key, selector) for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    }
    return {"metadata": {"labels": labels, "annotations": _annotations(server)}, "spec": spec}


def s3_port(endpoint: str) -> int:
    """The TCP port that the model store listens on."""
    parts = urlsplit(endpoint)
    return parts.port or (80 if parts.scheme == "http" else 443)


def _download(model: Model) -> k8s.core.v1.ContainerArgsDict:
    env: list[pulumi.Input[k8s.core.v1.EnvVarArgsDict]] = [
        {"name": "BUCKET", "value": model.bucket},
        {"name": "PREFIX", "value": model.prefix},
        {"name": "MODEL", "value": model.name},
        {"name": "DIGEST", "value": model.digest},
        {"name": "TARGET", "value": MODELS},
        {"name": "HOME", "value": SCRATCH},
    ]
    if model.region is not None:
        env.append({"name": "AWS_REGION", "value": model.region})
    if model.endpoint:
        env.append({"name": "AWS_ENDPOINT_URL_S3", "value": model.endpoint})
    script = (resources.files(__package__) / "download.sh").read_text(encoding="utf-8")
    return {
        "name": "model",
        "image": model.image,
        "command": ["bash", "-c", script],
        "env": env,
        "resources": {"requests": {**DOWNLOAD, "ephemeral-storage": f"{model.size_gib}Gi"}, "limits": DOWNLOAD},
        "security_context": _locked_down(),
        "volume_mounts": [
            {"name": "models", "mount_path": MODELS},
            {"name": "scratch", "mount_path": SCRATCH},
        ],
    }


def _server(
    server: Server, requirements: PodRequirements, size_gib: int, configured: bool
) -> k8s.core.v1.ContainerArgsDict:
    mounts: list[pulumi.Input[k8s.core.v1.VolumeMountArgsDict]] = [
        {"name": "models", "mount_path": MODELS, "read_only": True},
        {"name": "scratch", "mount_path": SCRATCH},
        {"name": "shared-memory", "mount_path": "/dev/shm"},  # noqa: S108 - an emptyDir volume
    ]
    if configured:
        mounts.append({"name": "config", "mount_path": CONFIG, "read_only": True})
    # HOME and USER: the UID has no entry in the image's /etc/passwd, which Python looks up.
    env = {"HOME": SCRATCH, "USER": server.app, **server.env}
    asked = {"cpu": requirements.cpu, "memory": requirements.memory}
    if requirements.gpus:
        asked["nvidia.com/gpu"] = str(requirements.gpus)
    return {
        "name": "server",
        "image": server.image,
        "command": server.command,
        "working_dir": SCRATCH,
        "env": [{"name": name, "value": value} for name, value in env.items()],
        "ports": [
            {"name": "http", "container_port": server.http_port, "protocol": "TCP"},
            {"name": "grpc", "container_port": server.grpc_port, "protocol": "TCP"},
            {"name": "metrics", "container_port": server.metrics_port, "protocol": "TCP"},
        ],
        "resources": {"requests": {**asked, "ephemeral-storage": f"{size_gib}Gi"}, "limits": asked},
        "security_context": _locked_down(),
        "volume_mounts": mounts,
        "startup_probe": {
            "http_get": {"path": server.ready, "port": "http"},
            "period_seconds": 10,
            "failure_threshold": requirements.startup_minutes * 6,
        },
        "readiness_probe": {
            "http_get": {"path": server.ready, "port": "http"},
            "period_seconds": 5,
            "failure_threshold": 3,
        },
        "liveness_probe": {
            "http_get": {"path": server.live, "port": "http"},
            "period_seconds": 10,
            "timeout_seconds": 5,
            "failure_threshold": 6,
        },
        # Requests still arrive for a moment after a pod starts terminating.
        "lifecycle": {"pre_stop": {"sleep": {"seconds": 10}}},
    }


def _locked_down() -> k8s.core.v1.SecurityContextArgsDict:
    return {
        "allow_privilege_escalation": False,
        "privileged": False,
        "read_only_root_filesystem": True,
        "run_as_non_root": True,
        "capabilities": {"drop": ["ALL"]},
    }


def _volumes(size_gib: int, config_map: pulumi.Input[str] | None) -> list[pulumi.Input[k8s.core.v1.VolumeArgsDict]]:
    volumes: list[pulumi.Input[k8s.core.v1.VolumeArgsDict]] = [
        {"name": "models", "empty_dir": {"size_limit": f"{size_gib}Gi"}},
        {"name": "scratch", "empty_dir": {"size_limit": f"{size_gib}Gi"}},
        # Triton's Python backend passes tensors through shared memory; containers get 64 MiB by default.
        {"name": "shared-memory", "empty_dir": {"medium": "Memory", "size_limit": "1Gi"}},
    ]
    if config_map is not None:
        volumes.append({"name": "config", "config_map": {"name": config_map}})
    return volumes


def _spread(key: str, selector: dict[str, str]) -> k8s.core.v1.TopologySpreadConstraintArgsDict:
    """Spread pods if possible; a GPU in an already used zone is better than none."""
    return {
        "max_skew": 1,
        "topology_key": key,
        "when_unsatisfiable": "ScheduleAnyway",
        "label_selector": {"match_labels": selector},
        "match_label_keys": ["pod-template-hash"],
    }


def _annotations(server: Server) -> dict[str, str]:
    if not server.config:
        return {}
    text = json.dumps(server.config, sort_keys=True)
    # Rolls the pods when the configuration changes.
    return {CONFIG_DIGEST: hashlib.sha256(text.encode()).hexdigest()}
