"""Tags of every AWS resource of a component."""

from collections.abc import Mapping

import pulumi

COMPONENT_TAG = "aistacks:component"
"""Cost allocation tag whose value is the component that a resource belongs to."""
STACK_TAG = "aistacks:stack"
"""Its value is ``<project>/<stack>``: by this, what a stack left in the account is told from a neighbour's."""


def tags_for(component: str, resource: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The caller's ``tags``, plus ``Name`` (the resource's logical name), the stack, and the component's type and name.

    ``component`` is, for example, ``DataLake/lake``.
    """
    return {**node_tags_for(component, resource, tags), **stack_tag()}


def stack_tag() -> dict[str, str]:
    """The tag that says which stack something is of."""
    return {STACK_TAG: f"{pulumi.get_project()}/{pulumi.get_stack()}"}


def node_tags_for(component: str, resource: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The same without the stack, for what stands in a launch template or an EC2NodeClass.

    A tag more there is a new version of the template, or drift, and replaces every node at the upgrade; nodes are known
    by their cluster's name, which is the account's and the region's only one.
    """
    return {**tags, "Name": resource, COMPONENT_TAG: component}
