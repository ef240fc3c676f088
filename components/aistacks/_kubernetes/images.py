"""Container images from a mirror, where nodes can't reach the public registries."""

import re

from .._arguments import wrong

_HOST = r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?"
_COMPONENT = r"[a-z0-9]+([._-]+[a-z0-9]+)*"
_REGISTRY = re.compile(rf"{_HOST}(/{_COMPONENT})*")


def mirrored(image: str, registry: str) -> str:
    """``image``, or where ``registry`` has its copy: the upstream host becomes the first part of the path.

    ``nvcr.io/nvidia/tritonserver:26.07-py3`` in ``mirror.example.com/upstream`` is
    ``mirror.example.com/upstream/nvcr.io/nvidia/tritonserver:26.07-py3``. `skopeo sync --scoped` lays a mirror out so,
    and an ECR pull-through cache does with one rule for each upstream whose prefix is the upstream's host
    (Amazon ECR user guide, "Creating a pull through cache rule", read 2026-11-30; a prefix may contain dots).
    ``registry`` empty: the image as it is.
    """
    return f"{registry}/{image}" if registry else image


def validate(name: str, kind: type, registry: str) -> None:
    """``UserError`` for an ``image_registry`` that no image reference can begin with. Empty means none."""
    if registry and not _REGISTRY.fullmatch(registry):
        expected = "a registry's host and path, such as 111122223333.dkr.ecr.eu-west-1.amazonaws.com/upstream"
        todo = "Without a scheme, a tag and a slash at the end; lower case."
        raise wrong(name, kind, "image_registry", registry, expected, todo)
