"""Kubernetes workloads: how they are run."""

from __future__ import annotations

import re

from aistacks_core.redaction import VARIABLE

from .pods import WORKLOADS, containers, spec
from .resource import Resource
from .rule import Severity, rule
from .values import Answer, Answers, Value, all_of, either, no

_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


@rule(
    "pod-requests",
    WORKLOADS,
    Severity.MEDIUM,
    "CKV_K8S_10",
    "CKV_K8S_12",
    "CKV_K8S_13",
    title="Containers request CPU and memory, and limit memory",
    fix="Set resources.requests.cpu and .memory, and resources.limits.memory, in each container.",
)
def requests(workload: Resource) -> Answers:
    """Each container requests CPU and memory and limits its memory: the scheduler knows where it fits, and it can't
    starve its neighbours. A limit counts as a request of the same size, as Kubernetes takes it."""
    for container in containers(workload):
        resources = container["resources"]
        for kind in ("cpu", "memory"):
            yield either(resources["requests"][kind].must_be_set(), resources["limits"][kind].must_be_set())
        yield resources["limits"]["memory"].must_be_set()


def _pinned(image: Value) -> Answer:
    if image.unknown or (image.symbolic and "@" in image.text):
        return image.unsure()
    return image.judged(_DIGEST.search(image.text) is not None, f"{image.text or 'nothing'} isn't pinned by its digest")


@rule(
    "pod-image-by-digest",
    WORKLOADS,
    Severity.MEDIUM,
    "CKV_K8S_14",
    "CKV_K8S_43",
    title="Images are pinned by digest",
    fix="Append @sha256:… to the image.",
)
def image_by_digest(workload: Resource) -> Answers:
    """The image can't become another one under the same name. A tag can."""
    return [_pinned(container["image"]) for container in containers(workload)]


@rule(
    "pod-own-account",
    WORKLOADS,
    Severity.LOW,
    "CKV_K8S_42",
    "CIS EKS 4.1.5",
    title="Pods have a service account of their own",
    fix="Set serviceAccountName.",
)
def own_account(workload: Resource) -> Answers:
    """No workload uses the namespace's default service account: what is granted to one is granted to all."""
    name = spec(workload)["serviceAccountName"]
    old = spec(workload)["serviceAccount"]
    return [(old if name.absent else name).or_else("default").must_not_be("default")]


def _as_variable(entry: Value) -> Answer:
    source, name = entry["valueFrom"]["secretKeyRef"], entry["name"]
    if source.unknown:
        return source.unsure()
    if not source.absent:
        return source.fails("gives a secret as an environment variable")
    looks = None if name.unknown else VARIABLE.search(name.text) is not None
    literal = all_of((looks, entry["value"].present))
    return name.judged(no(literal), f"{name.text} looks like a secret in plain text")


@rule(
    "pod-secrets-as-files",
    WORKLOADS,
    Severity.LOW,
    "CKV_K8S_35",
    title="Secrets are files, not environment variables",
    fix="Mount the secret as a volume.",
)
def secrets_as_files(workload: Resource) -> Answers:
    """No secret is an environment variable, where crash reports and child processes take it along."""
    for container in containers(workload):
        for entry in container["env"].each():
            yield entry.unsure() if entry.unknown else _as_variable(entry)
        for source in container["envFrom"].each():
            secret = source["secretRef"]
            present = secret.present
            yield secret.judged(None if present is None else not present, "gives a secret as environment variables")
