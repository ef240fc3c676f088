"""ECR: repositories of images."""

from __future__ import annotations

from .resource import Resource
from .rule import Severity, rule
from .stack import Stack, Types
from .values import Answers, either, fail

_REPOSITORIES: Types = ("aws:ecr/repository:Repository",)
_LIFECYCLES: Types = ("aws:ecr/lifecyclePolicy:LifecyclePolicy",)
_SCANNING: Types = ("aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",)


@rule(
    "ecr-scanned",
    _REPOSITORIES,
    Severity.MEDIUM,
    "ECR.1",
    "CKV_AWS_163",
    title="Images are scanned",
    fix="Set imageScanningConfiguration.scanOnPush to true.",
)
def scanned(repository: Resource, stack: Stack) -> Answers:
    """Images are scanned for known weaknesses when they are pushed, by the repository's setting or the registry's."""
    by_registry = [r["scanType"].must_be("ENHANCED") for r in stack.of(_SCANNING)]
    return [either(repository["imageScanningConfiguration"]["scanOnPush"].must_be(True), *by_registry)]


@rule(
    "ecr-lifecycle",
    _REPOSITORIES,
    Severity.LOW,
    "ECR.3",
    title="Old images are removed",
    fix="Add a LifecyclePolicy of the repository.",
)
def lifecycle(repository: Resource, stack: Stack) -> Answers:
    """The repository has a lifecycle policy. Old images cost money and are never patched."""
    found = stack.attached(repository, _LIFECYCLES, "repository")
    return [found.must(lambda policy: [policy["policy"].must_be_set()], fail("has no LifecyclePolicy"))]


@rule(
    "ecr-customer-key",
    _REPOSITORIES,
    Severity.LOW,
    "CKV_AWS_136",
    title="Images are encrypted with KMS",
    fix="Set encryptionConfigurations with encryptionType KMS and kmsKey a key of yours.",
)
def customer_key(repository: Resource) -> Answers:
    """Layers are encrypted with a KMS key. It can't be changed afterwards."""
    configurations = repository["encryptionConfigurations"].each()
    if not configurations:
        yield fail("isn't encrypted with KMS")
    for each in configurations:
        yield each["encryptionType"].must_be("KMS", "KMS_DSSE")
