"""The children of an `InferenceService`."""

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

from .._aws.pod_identity import trust_policy
from .._aws.tags import tags_for
from .._kubernetes import images
from .._kubernetes.cluster import NAMESPACE_LIMITS
from .._kubernetes.labels import labels_for, namespace_labels, selector
from .._kubernetes.scheduling import Scheduling, tolerate
from . import network
from .pod import POOL, Model, PodRequirements, pod_template, s3_port
from .scaling import autoscaler
from .server import Server, facts

if TYPE_CHECKING:
    from . import InferenceServiceArgs


class Children:
    """The children of one service; each method creates one of them, or a few related ones."""

    def __init__(self, name: str, a: "InferenceServiceArgs", server: Server, parent: pulumi.Resource) -> None:
        self.name = name
        self.a = a
        self.server = server
        self.parent = parent
        self.opts = pulumi.ResourceOptions(parent=parent)
        self.labels = labels_for(server.app, name, "inference-server", a["labels"])
        self.selector = selector(server.app, name)
        self.where: pulumi.Input[str] = a["namespace"]

    def meta(self, role: str = "") -> k8s.meta.v1.ObjectMetaArgsDict:
        """Metadata with a fixed name, so that URLs and dashboards stay the same."""
        return {"name": f"{self.name}{role}", "namespace": self.where, "labels": self.labels}

    def namespace(self) -> pulumi.Output[str]:
        if self.a["create_namespace"]:
            made = k8s.core.v1.Namespace(
                f"{self.name}-namespace",
                metadata={"name": self.where, "labels": namespace_labels("restricted", self.a["labels"])},
                opts=pulumi.ResourceOptions(parent=self.parent, custom_timeouts=NAMESPACE_LIMITS),
            )
            self.where = made.metadata.apply(lambda m: str(m["name"]))
            k8s.networking.v1.NetworkPolicy(
                f"{self.name}-default-deny",
                metadata=self.meta("-default-deny"),
                spec=network.deny_all(),
                opts=self.opts,
            )
        return pulumi.Output.from_input(self.where)

    def service_account(self) -> pulumi.Input[str]:
        existing = self.a.get("service_account")
        if existing is not None:
            return existing
        account = k8s.core.v1.ServiceAccount(
            f"{self.name}-account",
            metadata={**self.meta(), "annotations": self.a["service_account_annotations"]},
            automount_service_account_token=False,
            opts=self.opts,
        )
        return account.metadata.apply(lambda m: str(m["name"]))

    def identity(self, account: pulumi.Input[str]) -> list[pulumi.Resource]:
        if "cluster_name" not in self.a:
            return []
        reader, component = f"{self.name}-reader", f"InferenceService/{self.name}"
        role = aws.iam.Role(
            reader,
            assume_role_policy=trust_policy(self.a["cluster_name"], self.where, account, self.parent),
            description=f"Reads the model store for the inference service {self.name}",
            tags=tags_for(component, reader, self.a["tags"]),
            opts=self.opts,
        )
        policy = aws.iam.RolePolicyAttachment(
            f"{reader}-store", role=role.name, policy_arn=self.a["read_policy_arn"], opts=self.opts
        )
        binding = aws.eks.PodIdentityAssociation(
            f"{reader}-binding",
            cluster_name=self.a["cluster_name"],
            namespace=self.where,
            service_account=account,
            role_arn=role.arn,
            tags=tags_for(component, f"{reader}-binding", self.a["tags"]),
            opts=self.opts,
        )
        return [policy, binding]

    def deployment(self, account: pulumi.Input[str], identity: list[pulumi.Resource]) -> k8s.apps.v1.Deployment:
        template = pod_template(
            self.server, _model(self.a), _requirements(self.a), account, self._config(), self.selector, self.labels
        )
        minutes = self.a["startup_minutes"]
        return k8s.apps.v1.Deployment(
            self.name,
            metadata=self.meta(),
            # No replicas: the autoscaler sets them.
            spec={
                "selector": {"match_labels": self.selector},
                "strategy": {"type": "RollingUpdate", "rolling_update": {"max_surge": 1, "max_unavailable": 0}},
                "progress_deadline_seconds": (minutes + 10) * 60,
                "revision_history_limit": 5,
                "template": template,
            },
            opts=pulumi.ResourceOptions(
                parent=self.parent,
                # The Pod Identity webhook only mutates pods created after the association.
                depends_on=identity,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{minutes + 15}m", update=f"{minutes + 15}m"),
            ),
        )

    def _config(self) -> pulumi.Output[str] | None:
        if not self.server.config:
            return None
        made = k8s.core.v1.ConfigMap(
            f"{self.name}-config", metadata=self.meta("-config"), data=self.server.config, opts=self.opts
        )
        return made.metadata.apply(lambda m: str(m["name"]))

    def service(self) -> k8s.core.v1.Service:
        return k8s.core.v1.Service(
            f"{self.name}-service",
            metadata=self.meta(),
            spec={
                "type": "ClusterIP",
                "selector": self.selector,
                "ports": [
                    {"name": port, "port": number, "target_port": port, "protocol": "TCP"}
                    for port, number in (
                        ("http", self.server.http_port),
                        ("grpc", self.server.grpc_port),
                        ("metrics", self.server.metrics_port),
                    )
                ],
            },
            # Nothing to wait for: the Deployment already waits for its pods.
            opts=pulumi.ResourceOptions(parent=self.parent),
        )

    def autoscaler(self, deployment: pulumi.Output[str]) -> None:
        a = self.a
        queue = (self.server.queue_metric, a["target_queue_ms"] * 1000) if a["target_queue_ms"] else None
        k8s.autoscaling.v2.HorizontalPodAutoscaler(
            f"{self.name}-autoscaler",
            metadata=self.meta(),
            spec=autoscaler(deployment, (a["min_replicas"], a["max_replicas"]), a["target_cpu_percent"], queue),
            opts=self.opts,
        )

    def disruption_budget(self) -> None:
        k8s.policy.v1.PodDisruptionBudget(
            f"{self.name}-budget",
            metadata=self.meta(),
            spec={"max_unavailable": 1, "selector": {"match_labels": self.selector}},
            opts=self.opts,
        )

    def network_policy(self) -> None:
        a = self.a
        k8s.networking.v1.NetworkPolicy(
            f"{self.name}-network",
            metadata=self.meta(),
            spec=network.network_policy(
                self.server,
                self.selector,
                network.Clients(a["client_namespaces"], a["client_pod_labels"], a["client_cidrs"]),
                a["monitoring_namespace"],
                s3_port(a["s3_endpoint"]),
            ),
            opts=self.opts,
        )


def _model(a: "InferenceServiceArgs") -> Model:
    return Model(
        bucket=a["model_store_bucket"],
        prefix=a["model_store_prefix"],
        name=a["model"],
        digest=a["model_digest"],
        region=a.get("region"),
        endpoint=a["s3_endpoint"],
        size_gib=a["model_size_gib"],
        image=images.mirrored(facts()["download"]["image"], a["image_registry"]),
    )


def _requirements(a: "InferenceServiceArgs") -> PodRequirements:
    pool = a.get("pool")
    chosen: dict[str, pulumi.Input[str]] = dict(a["node_selector"])
    if pool is not None:
        chosen[a["pool_label"].value] = pool
    # Nodes of a GpuNodePool are tainted, so a pod that selects a pool needs the toleration even without GPUs.
    wanted = a["gpus"] or pool is not None or POOL in chosen
    tolerations = [tolerate("nvidia.com/gpu", "NoSchedule")] if wanted else []
    return PodRequirements(
        cpu=a["cpu"],
        memory=a["memory"],
        gpus=a["gpus"],
        scheduling=Scheduling(chosen, tolerations),
        startup_minutes=a["startup_minutes"],
    )
