"""The model that `aistacks sandbox up` serves: bundled, published to the sandbox's store, verified there."""

from __future__ import annotations

from aistacks_core.model_package import ModelPackage

from .. import bundled, store

NAME = "digits"


class SandboxModel:
    """Passed to the sandbox by the command, as the sandbox doesn't depend on this package."""

    def package(self) -> ModelPackage:
        """The bundled package. Raises UserError where it was altered."""
        kept = bundled.package(NAME)
        return ModelPackage(NAME, kept.digest, kept.folder)

    def publish(self, package: ModelPackage, bucket: str, endpoint: str) -> bool:
        """Upload ``package`` and return whether anything was missing; altered objects are overwritten.

        Raises UserError for an unverified package, and when there is no such bucket or nothing answers at
        ``endpoint``.
        """
        verified, _ = store.Package.verified(package.folder)
        there = store.connect(bucket, endpoint=endpoint)
        return store.publish(there, package.name, verified, repair=True).files > 0

    def verify(self, package: ModelPackage, bucket: str, endpoint: str) -> None:
        """Read the whole model from the store and verify every byte against the package's digest.

        Raises UserError that names the first object which is altered, missing, or not the model's, and for a package
        that wasn't verified.
        """
        published = store.Published.open(store.connect(bucket, endpoint=endpoint), package.name, package.digest)
        published.verified()
        published.verify_objects()
