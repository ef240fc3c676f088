"""Tags of every AWS resource of a component."""

from collections.abc import Mapping

COMPONENT_TAG = "aistacks:component"
"""Cost allocation tag whose value is the component that a resource belongs to."""


def tags_for(component: str, resource: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The caller's ``tags``, plus ``Name`` (the resource's logical name) and the component's type and name.

    ``component`` is, for example, ``DataLake/lake``.
    """
    return {**tags, "Name": resource, COMPONENT_TAG: component}
