"""What the Kubernetes provider makes of a change to a Helm release."""

from __future__ import annotations

from aistacks_core.diffs import Diff, diff
from aistacks_core.property_values import Props

RELEASE = "kubernetes:helm.sh/v3:Release"


def changes(old: Props, new: Props) -> Diff:
    """A release is replaced when its name or its namespace changes."""
    return diff(old, new, lambda path: path in ("name", "namespace"))
