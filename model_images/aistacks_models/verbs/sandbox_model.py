"""The model that `aistacks sandbox up` serves: built here, published to the sandbox's store, proved there."""

from __future__ import annotations

from aistacks_core import console
from aistacks_core.model_package import ModelPackage

from .. import store
from . import building

NAME = "digits"


class SandboxModel:
    """What the sandbox is handed by the command: it knows nothing of how models are made."""

    def build(self) -> ModelPackage:
        """Train, compress, verify and package the model, or find it in the cache, whole.

        Raises UserError when the models environment can't be made or the pipeline fails.
        """
        with console.timed(f"Building the {NAME} model"):
            built = building.build(NAME)
        return ModelPackage(built.name, built.digest, built.package)

    def publish(self, package: ModelPackage, bucket: str, endpoint: str) -> bool:
        """Upload ``package`` and return whether anything was missing; what was altered is written anew.

        Raises UserError for an unverified package, and when there is no such bucket or nothing answers at
        ``endpoint``.
        """
        verified, _ = store.Package.verified(package.folder)
        there = store.connect(bucket, endpoint=endpoint)
        return store.publish(there, package.name, verified, repair=True).files > 0

    def verify(self, package: ModelPackage, bucket: str, endpoint: str) -> None:
        """Read the whole model from the store and hold every byte against the package's digest.

        Raises UserError that names the first object which is altered, missing, or not the model's, and for a package
        that wasn't verified.
        """
        published = store.Published.open(store.connect(bucket, endpoint=endpoint), package.name, package.digest)
        published.verified()
        published.prove()
