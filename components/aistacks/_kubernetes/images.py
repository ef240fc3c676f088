"""Container images pulled from a mirror, for nodes that can't reach the public registries."""

import re

from .._arguments import wrong

_HOST = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?"
_COMPONENT = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
_REGISTRY = re.compile(rf"{_HOST}(/{_COMPONENT})*")


def mirrored(image: str, registry: str) -> str:
    """The reference of ``image``'s copy in ``registry``: the upstream host becomes the first part of the path.

    ``nvcr.io/nvidia/tritonserver:26.07-py3`` in ``mirror.example.com/upstream`` is
    ``mirror.example.com/upstream/nvcr.io/nvidia/tritonserver:26.07-py3``. `skopeo sync --scoped` uses this
    layout, and so does an ECR pull through cache with one rule per upstream whose prefix is the upstream's host
    (Amazon ECR user guide, "Creating a pull through cache rule", read 2026-11-30; a prefix may contain dots).
    With an empty ``registry``, ``image`` unchanged.
    """
    return f"{registry}/{image}" if registry else image


def validate(name: str, kind: type, registry: str) -> None:
    """Raise ``UserError`` for an ``image_registry`` that isn't a valid prefix of an image reference. Empty: no
    mirror."""
    if registry and not _REGISTRY.fullmatch(registry):
        expected = "a registry's host and path, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com/upstream"
        todo = "Lower case, without a scheme, a tag or a trailing slash."
        raise wrong(name, kind, "image_registry", registry, expected, todo)
